"""What each kind of error means for the deployment that gave it, and for the request (T13)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pylot.kernel.errors import (
    ProviderAuthError,
    ProviderModelMissingError,
    ProviderRateLimitedError,
    ProviderUnavailableError,
    PylotError,
)


class Effect(Enum):
    """What an error does to the deployment's standing."""

    NONE = "none"
    FAILURE = "failure"
    REST_AT_ONCE = "rest at once"
    REST_AS_ASKED = "rest as asked"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True)
class Rule:
    """The effect of an error, and whether the same deployment is worth another try; every error tries the next one."""

    effect: Effect
    again: bool = False


# The first that fits counts. What is not listed is the request's or the model's own trouble: a prompt that is too long,
# an ability that is missing, a file that is damaged, an engine that its link restarts.
_RULES: tuple[tuple[type[PylotError], Rule], ...] = (
    (ProviderModelMissingError, Rule(Effect.REST_AT_ONCE)),
    (ProviderUnavailableError, Rule(Effect.FAILURE, again=True)),
    (ProviderRateLimitedError, Rule(Effect.REST_AS_ASKED, again=True)),
    (ProviderAuthError, Rule(Effect.DISABLE)),
)
_OTHERS = Rule(Effect.NONE)


def rule_for(error: PylotError) -> Rule:
    """Return the rule for an error."""
    return next((rule for kind, rule in _RULES if isinstance(error, kind)), _OTHERS)
