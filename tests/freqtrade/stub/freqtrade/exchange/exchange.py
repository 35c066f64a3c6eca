import asyncio
import threading

import ccxt
import ccxt.pro as ccxt_pro

__all__ = ["Exchange", "ccxt", "ccxt_pro"]


class Exchange:
    """The cached leverage tiers of two pairs, and what the exchange answers today."""

    id = "bitget"

    def __init__(self, cached, current, whitelist=()):
        self.cached, self.current, self.asked = cached, current, []
        self._config = {"datadir": "the-data-folder", "exchange": {"pair_whitelist": list(whitelist)}}
        self._loop_lock, self.loop = threading.Lock(), asyncio.new_event_loop()

    async def get_market_leverage_tiers(self, symbol):
        self.asked.append(symbol)
        return symbol, self.current[symbol]

    def load_cached_leverage_tiers(self, stake_currency, cache_time=None):
        return self.cached
