"""One model at one provider, shared by every role and request that uses it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pylot.kernel.errors import ProviderRateLimitedError, PylotError
from pylot.models.provider import Provider
from pylot.models.routing.changes import Changes
from pylot.models.routing.choice import Candidate, blend
from pylot.models.routing.health import Health
from pylot.models.routing.limits import Limits
from pylot.models.routing.policy import Policy
from pylot.models.routing.rules import Effect, rule_for


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deployment is: the provider's name, the model's there, and what others call the two together."""

    name: str
    provider: str
    model: str


class Deployment:
    """Count what is under way at one model of one provider, and how its tries go.

    `health` is None for the embedded engine, whose link knows by itself when to start it again.
    `say` gets each sentence once between two whole answers.
    """

    def __init__(
        self,
        place: Place,
        provider: Provider,
        policy: Policy,
        *,
        health: Health | None,
        limits: Limits,
        changes: Changes,
        say: Callable[[str], None],
    ) -> None:
        self.place = place
        self.provider = provider
        self.policy = policy
        self.health = health
        self.last_error: PylotError | None = None
        self.in_flight = 0
        self._limits = limits
        self._changes = changes
        self._say = say
        self._said = ""
        self._first_token_ms: float | None = None

    def admits(self) -> bool:
        """Tell whether one more try may begin now."""
        return self._limits.wait_seconds == 0 and (self.health is None or self.health.admits(self.in_flight))

    @property
    def wait_seconds(self) -> float | None:
        """How long to wait for room: infinite until another request ends, None when waiting is no use."""
        if self.health is not None and not self.health.may_admit_soon():
            return None
        return self._limits.wait_seconds or math.inf

    @property
    def reopens_in(self) -> float | None:
        """The seconds until a rest is over, or None when it is not asked again at all."""
        if self.health is None or self.health.disabled:
            return None
        return self.health.reopens_in

    def as_candidate(self, weight: float) -> Candidate:
        """Return what counts for the choice between deployments."""
        return Candidate(self.in_flight, weight, self._first_token_ms)

    def begin(self) -> Visit:
        """Begin a try."""
        self.in_flight += 1
        self._limits.begin()
        return Visit(self, trial=self.health.begin() if self.health is not None else False)

    def status(self) -> dict[str, object]:
        """Return how it stands as JSON values."""
        facts: dict[str, object] = {"remote": self.policy.is_remote, "inFlight": self.in_flight}
        if self._first_token_ms is not None:
            facts["firstTokenMs"] = round(self._first_token_ms, 1)
        if self.health is not None:
            facts |= {"health": self.health.state, "reopensIn": round(self.health.reopens_in, 1)}
            if self.last_error is not None:
                facts["problem"] = self.last_error.sentence
        return facts

    def take_answer(self, first_token_ms: float | None, *, trial: bool) -> None:
        """Take in that a try was answered."""
        self.last_error = None
        if first_token_ms is not None:
            self._first_token_ms = blend(self._first_token_ms, first_token_ms)
        if self.health is not None:
            self.health.succeeded(trial=trial)

    def take_end(self) -> None:
        """Take in that an answer was whole."""
        self._said = ""

    def take_error(self, error: PylotError, *, trial: bool, begun: bool) -> None:
        """Take in what went wrong with a try, which may have begun to answer."""
        self.last_error = error
        health, effect = self.health, rule_for(error).effect
        if health is None:
            return
        if effect is Effect.NONE:
            health.released(trial=trial)
        elif effect is Effect.DISABLE:
            is_news = not health.disabled
            health.disable(error.sentence)
            if is_news:
                self._say_once(f"{error.sentence} It is not asked again until the settings change.")
        elif effect is Effect.REST_AS_ASKED:
            health.rest(error.retry_after if isinstance(error, ProviderRateLimitedError) else None, trial=trial)
        elif health.failed(trial=trial, at_once=effect is Effect.REST_AT_ONCE, begun=begun):
            self._say_once(f"{error.sentence} Pylot tries it again every {health.rest_seconds:g} s.")

    def leave(self, *, unfinished_trial: bool) -> None:
        """Count that a try is over."""
        self.in_flight -= 1
        self._limits.end()
        if unfinished_trial and self.health is not None:
            self.health.released(trial=True)
        self._changes.tell()

    def _say_once(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            self._say(sentence)


class Visit:
    """One try at a deployment; each outcome is told, and the end always."""

    def __init__(self, deployment: Deployment, *, trial: bool) -> None:
        self._deployment = deployment
        self._trial = trial
        self._begun = False

    def answered(self, first_token_ms: float | None) -> None:
        """Take in the first sign of an answer."""
        self._begun = True
        self._deployment.take_answer(first_token_ms, trial=self._told())

    def completed(self) -> None:
        """Take in that the answer was whole."""
        self._deployment.take_end()

    def failed(self, error: PylotError) -> None:
        """Take in what went wrong."""
        self._deployment.take_error(error, trial=self._told(), begun=self._begun)

    def end(self) -> None:
        """Take in that the try is over."""
        self._deployment.leave(unfinished_trial=self._told())

    def _told(self) -> bool:
        trial, self._trial = self._trial, False
        return trial
