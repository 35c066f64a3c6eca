import bitget_leverage_ext


def enter_trade(exchange, symbol, volatility):  # your code
    exchange.set_leverage(5 if volatility > 0.04 else 10, symbol, {"holdSide": "long"})


def test_calm_markets_get_10x_on_the_long_side(bitget_emulator):
    account = bitget_emulator.account
    account.set_margin_mode("BTC/USDT:USDT", "isolated")
    enter_trade(bitget_leverage_ext.bitget(bitget_emulator.config()), "BTC/USDT:USDT", volatility=0.01)
    assert account.leverages("BTC/USDT:USDT").long == 10
