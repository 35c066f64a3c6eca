"""Live trading through our class: what arrives at the exchange, and what the account holds afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from freqtrade_bot import LAUNCHER, Bot, configuration

from bitget_leverage_ext.emulator import Emulator, Fault, Leverages, Quirks

pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")

Start = Callable[..., Bot]
BTC = ("USDT-FUTURES", "BTCUSDT")
NAMES = {"symbol": "BTCUSDT", "marginCoin": "USDT", "productType": "USDT-FUTURES"}


@pytest.mark.parametrize(("side", "order_side"), [("long", "buy"), ("short", "sell")])
def test_classic(emulator: Emulator, start: Start, side: str, order_side: str) -> None:
    """Margin mode, leverage and order go out in this order, each as it should; Ctrl-C ends it as it ends freqtrade."""
    bot = start({**configuration(emulator), "side": side})

    [order] = bot.wait("/place-order")
    assert bot.wait("/set-margin-mode") == [{**NAMES, "marginMode": "isolated"}]
    assert bot.wait("/set-leverage") == [{**NAMES, "leverage": "7"}]
    assert {**NAMES, "marginMode": "isolated", "side": order_side}.items() <= order.items()
    assert emulator.account.leverages(*BTC) == Leverages(cross=20, long=7, short=7)
    assert emulator.account.position_mode("USDT-FUTURES") == "one_way_mode"
    paths = [each.path.rsplit("/")[-1] for each in emulator.requests if each.method == "POST"]
    assert paths == ["set-position-mode", "set-margin-mode", "set-leverage", "place-order"]
    bot.wait("/order/detail", code="00000")
    assert bot.stop() == 130


@pytest.mark.parametrize("is_unified", [False, True])
def test_started_again_with_a_position_open(emulator: Emulator, start: Start, is_unified: bool) -> None:
    """freqtrade sets the position mode at each start; that it cannot be changed now is no matter where it is right."""
    account = emulator.add_account(unified=is_unified)
    account.set_position_mode("USDT-FUTURES", "one_way_mode")
    account.set_margin_mode(*BTC, "isolated")
    account.busy(*BTC, position=True)
    bot = start(configuration(emulator, account), account)

    bot.wait("/set-hold-mode" if is_unified else "/set-position-mode", code="25107" if is_unified else "40920")
    bot.wait("/set-leverage")
    assert account.leverages(*BTC).long == 7


def test_unified(emulator: Emulator, start: Start) -> None:
    """Isolated futures on a unified account: no endpoint has its margin mode, so it goes out with the leverage."""
    account = emulator.add_account(unified=True)
    bot = start(configuration(emulator, account), account)

    [order] = bot.wait("/place-order")
    names = {"symbol": "BTCUSDT", "category": "USDT-FUTURES"}
    assert bot.wait("/set-leverage") == [{**names, "coin": "USDT", "marginMode": "isolated", "leverage": "7"}]
    assert {**names, "marginMode": "isolated", "side": "buy"}.items() <= order.items()
    assert not bot.sent("/set-margin-mode")
    assert account.leverages(*BTC) == Leverages(cross=20, long=7, short=7)
    assert account.margin_mode(*BTC) == "isolated"
    bot.wait("/order-info")
    assert bot.stop() == 130


def test_account_converted_under_a_running_bot(emulator: Emulator, start: Start) -> None:
    """Bitget converts classic accounts to unified ones by itself: the next pair opens isolated at its leverage."""
    emulator.fail(Fault("refuse", code="40797", msg="Exceeded the maximum settable leverage", times=None, after=1))
    config = configuration(emulator)
    config["max_open_trades"] = 2
    config["exchange"]["pair_whitelist"].append("ETH/USDT:USDT")
    bot = start(config)
    bot.wait("mix/order/place-order")
    bot.wait("/set-leverage", code="40797")
    emulator.account.convert_to_unified()
    emulator.heal()

    [order] = bot.wait("v3/trade/place-order")
    assert {"symbol": "ETHUSDT", "marginMode": "isolated"}.items() <= order.items()
    [position] = [each for each in emulator.account.positions() if each.symbol == "ETH/USDT:USDT"]
    assert (position.margin_mode, position.leverage) == ("isolated", 7)


def test_refused(emulator: Emulator, start: Start) -> None:
    """Where the leverage is refused, no position is opened with another one, and the bot goes on."""
    emulator.fail(Fault("refuse", code="40797", msg="Exceeded the maximum settable leverage", times=None))
    bot = start(configuration(emulator))

    # five tries and a report are freqtrade's answer to one entry; the sixth belongs to the next
    bot.wait("/set-leverage", times=7, code="40797")
    assert "Unable to create trade" in bot.output
    assert not bot.sent("/place-order")
    assert emulator.account.leverages(*BTC) == Leverages(20, 20, 20)
    assert bot.stop() == 130


@pytest.mark.parametrize("emulator", [Quirks(), Quirks(same_margin_mode="refused")], indirect=True)
def test_stoploss_with_the_leverage_locked(emulator: Emulator, start: Start) -> None:
    """freqtrade sets both again before a stoploss; that they are locked does not keep the stoploss from going out."""
    emulator.fail(Fault("refuse", code="40730", msg="Leverage cannot be set under open orders", times=None, after=1))
    config = configuration(emulator)
    config["order_types"]["stoploss_on_exchange"] = True
    bot = start(config)

    [stoploss] = bot.wait("/place-tpsl-order")
    assert {**NAMES, "planType": "pos_loss", "holdSide": "buy"}.items() <= stoploss.items()
    assert [each.code for each in bot.sent("/set-leverage")] == ["00000", "40730"]
    assert emulator.account.leverages(*BTC) == Leverages(cross=20, long=7, short=7)


def test_options_of_the_configuration_win(emulator: Emulator, start: Start) -> None:
    """Here: over the launcher's own default, so that a fractional leverage is refused before anything is sent."""
    options = {"setLeverage": {"fractional": "reject"}}
    bot = start({**configuration(emulator, options=options), "leverage": 3.7})

    bot.wait_for_log("Unable to create trade")
    assert bot.wait("/set-margin-mode")
    assert not bot.sent("/set-leverage")
    assert not bot.sent("/place-order")


def test_demo_key(emulator: Emulator, start: Start) -> None:
    """A demo key: ordinary products, and the header on everything that is signed."""
    account = emulator.add_account(environment="demo")
    bot = start(configuration(emulator, account, sandbox=True), account)

    bot.wait("/place-order")
    assert bot.wait("/set-leverage") == [{**NAMES, "leverage": "7"}]
    assert all(each.headers.get("paptrading") == "1" for each in bot.sent(""))
    assert account.leverages(*BTC) == Leverages(cross=20, long=7, short=7)


def test_s_coins(emulator: Emulator, start: Start) -> None:
    """S-coins: an ordinary key, no header, and a product type that freqtrade cannot name and the configuration does."""
    config = configuration(emulator, options={"defaultProductType": "SUSDT-FUTURES"})
    config["stake_currency"] = "SUSDT"
    config["exchange"]["pair_whitelist"] = ["SBTC/SUSDT:SUSDT"]
    bot = start(config)

    bot.wait("/place-order")
    names = {"symbol": "SBTCSUSDT", "marginCoin": "SUSDT", "productType": "SUSDT-FUTURES"}
    assert bot.wait("/set-position-mode") == [{"posMode": "one_way_mode", "productType": "SUSDT-FUTURES"}]
    assert bot.wait("/set-leverage") == [{**names, "leverage": "7"}]
    assert not any("paptrading" in each.headers for each in emulator.requests)
    assert emulator.account.leverages("SUSDT-FUTURES", "SBTCSUSDT") == Leverages(cross=20, long=7, short=7)


@pytest.mark.parametrize("command", [("-m", "freqtrade"), LAUNCHER], ids=["plain command", "launcher"])
def test_log_config(emulator: Emulator, start: Start, command: tuple[str, ...]) -> None:
    """A log_config of the user's, with the handler that installs: what only our class does, happens and is logged."""
    config = {**configuration(emulator), "leverage": 3.7}
    config["log_config"] = {
        "version": 1,
        "formatters": {},
        "handlers": {
            "console": {"class": "logging.StreamHandler"},
            "bitget_leverage": {"class": "bitget_leverage_ext.freqtrade.Installer"},
        },
        "root": {"handlers": ["console", "bitget_leverage"], "level": "INFO"},
    }
    bot = start(config, command=command)

    bot.wait("/place-order")
    assert [each["leverage"] for each in bot.wait("/set-leverage")] == ["3"]
    assert emulator.account.leverages(*BTC) == Leverages(cross=20, long=3, short=3)
    assert bot.output.count("freqtrade's bitget comes from bitget_leverage_ext") == 1, bot.output
    assert "rounded down to 3" in bot.output, bot.output


def test_plain_command_alone(emulator: Emulator, start: Start) -> None:
    """Without the handler ccxt's own class runs, and the fraction goes out: nothing is installed for good."""
    bot = start({**configuration(emulator), "leverage": 3.7}, command=("-m", "freqtrade"))

    bot.wait("/set-leverage", code="40017")
    assert {each.body["leverage"] for each in bot.sent("/set-leverage") if each.body} == {"3.7"}
