"""What one check has to say about an action, and how several of them make one decision (T1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from pylot.policy.decision import Reason, Risk, Scope, Verdict

ONCE: tuple[Scope, ...] = ("once",)
TASK: tuple[Scope, ...] = ("once", "task")
WORKSPACE: tuple[Scope, ...] = ("once", "task", "workspace")
USER: tuple[Scope, ...] = ("once", "task", "workspace", "user")

_RISKS: tuple[Risk, ...] = ("low", "medium", "high")


class Stage(IntEnum):
    """The order of decision; no answer of a later stage overrules an earlier one that asks or denies."""

    BUILT_IN = 1
    USER_DENIES = 2
    PROTECTED = 3
    NOT_PLAIN = 4
    USER_ASKS = 5
    GRANT = 6
    USER_ALLOWS = 7
    DEFAULT = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One opinion; `scopes` are the widest that it leaves to a yes. Before the grants that is never more than once."""

    stage: Stage
    verdict: Verdict
    reason: Reason
    risk: Risk = "medium"
    scopes: tuple[Scope, ...] = ONCE


def finding(
    stage: Stage,
    verdict: Verdict,
    code: str,
    sentence: str,
    *,
    risk: Risk = "medium",
    scopes: tuple[Scope, ...] = ONCE,
) -> Finding:
    """Return a finding with its reason put together."""
    return Finding(stage, verdict, Reason(code=code, sentence=sentence), risk, scopes)


def highest_risk(findings: Iterable[Finding]) -> Risk:
    """Return the highest risk among findings, `low` if there are none."""
    return max((found.risk for found in findings), key=_RISKS.index, default="low")


def common_scopes(findings: Iterable[Finding]) -> tuple[Scope, ...]:
    """Return the scopes that all findings leave."""
    left = [set(found.scopes) for found in findings]
    return tuple(scope for scope in USER if all(scope in scopes for scopes in left))
