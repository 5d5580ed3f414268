"""When a run has to stop, or is going round in circles (A7, T18): all of it can be gone on from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pylot.agent.blueprints import RunLimits
from pylot.agent.directive import PLAN_TOOL
from pylot.agent.transcript import CalledTool, Step, Transcript

_SAME_TOLD, _SAME_STOPS = 3, 5
_SAME_ERROR_STOPS = 3
_ALTERNATING = 6
_ONLY_PLANS = 3
_LAST_STEPS_TOLD = 2
# What may give something else the next time the same is asked, because it has changed something.
_CHANGING = frozenset({"write_file", "delete_file", "run_command", "call_tool"})


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run stops here; `sentence` is for the user, and what the model is told of it, too."""

    kind: str
    limit: float
    used: float
    sentence: str


def over_limit(limits: RunLimits, transcript: Transcript, worked_seconds: float) -> Stop | None:
    """Return which limit has been reached since the user last let the task go on; `worked_seconds` are of this run."""
    steps = transcript.recent_steps
    n_actions = sum(len(step.calls) for step in steps)
    n_tokens = sum(call.total_tokens for call in transcript.model_calls[transcript.model_calls_since :])
    if len(steps) >= limits.iterations:
        return _stop("iterations", limits.iterations, len(steps), f"after {_counted(limits.iterations, 'step')}")
    if n_actions >= limits.actions:
        return _stop("actions", limits.actions, n_actions, f"after {_counted(limits.actions, 'action')}")
    if limits.tokens and n_tokens >= limits.tokens:
        return _stop("tokens", limits.tokens, n_tokens, f"after {limits.tokens} tokens")
    if worked_seconds >= limits.minutes * 60:
        return _stop("minutes", limits.minutes, worked_seconds / 60, f"after {limits.minutes:g} minutes of work")
    return None


def in_circles(steps: Sequence[Step]) -> Stop | None:
    """Return why the last steps lead nowhere, or None."""
    if len(steps) >= _ONLY_PLANS and all(_plans_only(step) for step in steps[-_ONLY_PLANS:]):
        return _stop("monologue", _ONLY_PLANS, _ONLY_PLANS, "because it only planned and did nothing")
    calls = _told_of(steps)
    if not calls:
        return None
    if (n_same := _n_same(calls)) >= _SAME_STOPS:
        return _stop("repetition", _SAME_STOPS, n_same, f"because it called {calls[-1].tool} again and again")
    if (n_failed := _n_same_failure(calls)) >= _SAME_ERROR_STOPS:
        sentence = f"because the same call of {calls[-1].tool} failed again and again"
        return _stop("repetition", _SAME_ERROR_STOPS, n_failed, sentence)
    if _alternates(calls):
        return _stop("repetition", _ALTERNATING, _ALTERNATING, "because it went back and forth between two calls")
    return None


def note_for_model(limits: RunLimits, transcript: Transcript) -> str:
    """Return what the model should be told behind its last result, or nothing: the last steps, or that it repeats."""
    steps = transcript.recent_steps
    left = limits.iterations - len(steps)
    if left <= 0:
        return ""
    if left <= min(_LAST_STEPS_TOLD, limits.iterations - 1):
        return f"Note: you have {_counted(left, 'step')} left. Finish what matters most, then answer."
    calls = _told_of(steps)
    if calls and _n_same(calls) >= _SAME_TOLD:
        return f"Note: this is call {_n_same(calls)} of {calls[-1].tool} with the same arguments. Do something else."
    return ""


def _stop(kind: str, limit: float, used: float, why: str) -> Stop:
    return Stop(kind, limit, used, f"The agent stopped {why}; it can go on if you let it.")


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _plans_only(step: Step) -> bool:
    return all(call.tool == PLAN_TOOL for call in step.calls)


def _told_of(steps: Sequence[Step]) -> list[CalledTool]:
    return [call for step in steps for call in step.calls if call.tool != PLAN_TOOL and not _skipped(call)]


def _skipped(call: CalledTool) -> bool:
    return call.end is not None and bool(call.end.metadata.get("skipped"))


def _n_same(calls: Sequence[CalledTool]) -> int:
    """Return how often the last call was made since something else was changed."""
    wanted, n = _key(calls[-1]), 0
    for call in reversed(calls):
        if _key(call) == wanted:
            n += 1
        elif call.end is not None and call.end.ok and call.end.metadata.get("kind") in _CHANGING:
            break
    return n


def _n_same_failure(calls: Sequence[CalledTool]) -> int:
    wanted, n = _failure(calls[-1]), 0
    if wanted is None:
        return 0
    for call in reversed(calls):
        if _failure(call) != wanted:
            break
        n += 1
    return n


def _failure(call: CalledTool) -> tuple[str, str] | None:
    return (_key(call), call.end.error) if call.end is not None and not call.end.ok else None


def _alternates(calls: Sequence[CalledTool]) -> bool:
    keys = [_key(call) for call in calls[-_ALTERNATING:]]
    return len(keys) == _ALTERNATING and keys[0] != keys[1] and keys == keys[:2] * (_ALTERNATING // 2)


def _key(call: CalledTool) -> str:
    return json.dumps([call.tool, call.arguments], sort_keys=True, ensure_ascii=False, default=str)
