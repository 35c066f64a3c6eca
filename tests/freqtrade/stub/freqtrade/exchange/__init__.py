from freqtrade.exchange.exchange import Exchange

MAP_EXCHANGE_CHILDCLASS = {}


class Bitget(Exchange):
    pass
