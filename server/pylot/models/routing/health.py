"""Whether a deployment is asked at all, learned from how its last tries went (H15)."""

from __future__ import annotations

from collections import deque

from pylot.kernel.clock import Clock
from pylot.models.settings import HealthSettings

_MOST_OUTCOMES = 256


class Health:
    """Judge one deployment by its tries: it rests after some failures, and then one trial decides.

    As long as the last try failed, or none was made yet, only as many tries run at a time as failures are left, so
    that a dead server is asked `failures` times and not once by everyone who waits.
    """

    def __init__(self, settings: HealthSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=_MOST_OUTCOMES)
        self._resting_until: float | None = None
        self._on_trial = False
        self._disabled = ""

    @property
    def disabled(self) -> str:
        """Why it is not asked again before the settings change, or an empty string."""
        return self._disabled

    @property
    def reopens_in(self) -> float:
        """The seconds until it may be tried again; 0 when it may be now."""
        return max(0.0, (self._resting_until or 0.0) - self._clock.monotonic())

    @property
    def rest_seconds(self) -> float:
        """How long it rests after failures."""
        return self._settings.rest_seconds

    @property
    def state(self) -> str:
        """One of `good`, `doubtful`, `resting` and `disabled`."""
        if self._disabled:
            return "disabled"
        if self._resting_until is not None:
            return "resting"
        return "good" if self._n_failing() == 0 else "doubtful"

    def admits(self, in_flight: int) -> bool:
        """Tell whether one more try may begin beside those in flight."""
        if self._disabled:
            return False
        if self._resting_until is not None:
            return self.reopens_in == 0 and not self._on_trial
        outcomes = self._recent()
        if outcomes and outcomes[-1][1]:
            return True
        return self._n_failing() + in_flight < self._settings.failures

    def may_admit_soon(self) -> bool:
        """Tell whether a try that is under way may open the way for others."""
        return not self._disabled and (self._resting_until is None or (self._on_trial and self.reopens_in == 0))

    def begin(self) -> bool:
        """Begin a try; return whether it is the trial after a rest, which its outcome must be told with."""
        if self._resting_until is not None and not self._on_trial:
            self._on_trial = True
            return True
        return False

    def succeeded(self, *, trial: bool) -> None:
        """Take in that a deployment answered."""
        if trial:
            self._on_trial = False
            self._resting_until = None
            self._outcomes.clear()
        self._outcomes.append((self._clock.monotonic(), True))

    def failed(self, *, trial: bool, at_once: bool = False, begun: bool = False) -> bool:
        """Take in a failure; return whether a rest began that was not one already.

        One failure is enough with `at_once`; one that was `begun` takes back the success that its beginning was.
        """
        now = self._clock.monotonic()
        if begun and (goods := [index for index, (_, good) in enumerate(self._outcomes) if good]):
            del self._outcomes[goods[-1]]
        self._outcomes.append((now, False))
        if trial:
            self._on_trial = False
        outcomes = self._recent()
        n_failed = sum(1 for _, good in outcomes if not good)
        often = n_failed >= self._settings.failures and 2 * n_failed >= len(outcomes)
        if not (trial or at_once or often or self._n_failing() >= self._settings.failures):
            return False
        is_news = self._resting_until is None
        self._resting_until = max(self._resting_until or 0.0, now + self._settings.rest_seconds)
        return is_news

    def rest(self, seconds: float | None, *, trial: bool) -> None:
        """Leave it alone for as long as it asked, which is no failure; None means as long as after failures."""
        if trial:
            self._on_trial = False
        wanted = self._settings.rest_seconds if seconds is None else seconds
        self._resting_until = max(self._resting_until or 0.0, self._clock.monotonic() + wanted)

    def released(self, *, trial: bool) -> None:
        """Take in that a try ended without telling anything about its deployment."""
        if trial:
            self._on_trial = False

    def disable(self, why: str) -> None:
        """Ask it no more until the settings change."""
        self._disabled = why

    def _recent(self) -> deque[tuple[float, bool]]:
        oldest = self._clock.monotonic() - self._settings.window_seconds
        while self._outcomes and self._outcomes[0][0] < oldest:
            self._outcomes.popleft()
        return self._outcomes

    def _n_failing(self) -> int:
        n_failing = 0
        for _, good in reversed(self._recent()):
            if good:
                break
            n_failing += 1
        return n_failing
