"""When a call may go: never more of them in any one second than the exchange allows."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

_lock = threading.Lock()  # of the module: an exchange object must stay copyable, and its threads pace each other


@dataclass(frozen=True)
class Budget:
    """So many calls in any one second, whatever else is called; a Budget of its own an endpoint."""

    name: str
    calls: int


@dataclass
class Pace:
    """When the next call of a budget may go: never more than its calls in any one second, as the exchange counts.

    It counts from when a call arrives, which is not known here, but is no later than its answer; so the place of an
    answered call is moved there, less half of the fastest answer ever seen, which the way itself takes at least (the
    other half may have been spent on either end). The first answers tell nothing of the way back: they may each have
    waited for a connection to be made.
    """

    budget: Budget
    taken: list[float] = field(default_factory=list)
    answers: int = 0
    fastest: float = 0.0

    # A second, and what two clocks may differ by over a second.
    SECOND = 1.01

    def delay(self, now: float) -> float:
        """Seconds until a call may go; 0 takes the place."""
        with _lock:
            self.taken = [at for at in self.taken if at + self.SECOND > now]
            if len(self.taken) >= self.budget.calls:
                return min(self.taken) + self.SECOND - now
            self.taken.append(now)
            return 0.0

    def answered(self, sent: float, now: float) -> None:
        """The call that took the place of *sent* was answered *now*."""
        with _lock:
            self.answers += 1
            if self.answers > self.budget.calls:
                took = now - sent
                self.fastest = min(self.fastest or took, took)
            if sent in self.taken:
                self.taken[self.taken.index(sent)] = now - self.fastest / 2

    def exhausted(self, now: float) -> None:
        """The exchange says that no call is left in the current second: whoever comes next waits it out."""
        with _lock:
            self.taken = [at for at in self.taken if at + self.SECOND > now]
            self.taken += [now] * (self.budget.calls - len(self.taken))


class _Unlimited(Pace):
    def delay(self, now: float) -> float:
        return 0.0

    def answered(self, sent: float, now: float) -> None:
        pass


UNLIMITED = _Unlimited(Budget("unlimited", 0))
