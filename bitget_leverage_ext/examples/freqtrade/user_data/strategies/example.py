"""A strategy that always enters long at 3x, to try the installation; it is no advice."""

from freqtrade.strategy import IStrategy


class Example(IStrategy):
    timeframe = "1m"
    can_short = True
    minimal_roi = {"0": 0.01}
    stoploss = -0.1
    order_types = {"entry": "market", "exit": "market", "stoploss": "market", "stoploss_on_exchange": True}

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def leverage(self, pair, *args, **kwargs):
        return 3.7  # Bitget takes whole numbers: 3 is set, and logged
