"""The ladder from what a model has written to a value of a schema (T10): each step is tried, named and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pylot.models.structured.coercion import coerced
from pylot.models.structured.found_json import find_json, split_thoughts
from pylot.models.structured.validation import problem_of

CUT_OFF = "it was cut off before its end; be briefer"


@dataclass(frozen=True, slots=True)
class RepairedJson:
    """A value of the schema, or in `problem` why there is none, in words for the model."""

    value: object
    repairs: tuple[str, ...]
    reasoning: str
    problem: str


def repair_json(text: str, schema: Mapping[str, Any], *, is_whole: bool = True) -> RepairedJson:
    """Return the value that a text holds; never raises, and never returns one that does not fit the schema.

    Of a text that is not whole nothing is completed: half a path is another path.
    """
    text, reasoning = split_thoughts(text)
    begun: tuple[str, ...] = ("thoughts removed",) if reasoning else ()
    problem = ""
    for found in find_json(text, tolerant=is_whole):
        value, steps, wrong = fitted(found.value, schema)
        if not wrong:
            return RepairedJson(value, (*begun, *found.repairs, *steps), reasoning, "")
        problem = problem or wrong
    if not is_whole:
        problem = CUT_OFF
    return RepairedJson(None, begun, reasoning, problem or "it holds no JSON")


def fitted(value: object, schema: Mapping[str, Any]) -> tuple[object, tuple[str, ...], str]:
    """Return a value, with its types coerced where that helps, what was done to it, and what is wrong with it."""
    problem = problem_of(value, schema)
    if not problem:
        return value, (), ""
    changed = coerced(value, schema)
    wrong = problem_of(changed, schema)
    return (changed, ("types coerced",), "") if not wrong else (value, (), problem)
