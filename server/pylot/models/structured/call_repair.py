"""The ladder from what a model has written to calls of known tools (T10)."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pylot.models.structured.call_shapes import RawCall, Reading, read_marked, read_value
from pylot.models.structured.coercion import simplified
from pylot.models.structured.found_json import find_json, loads, loads_tolerantly, split_thoughts
from pylot.models.structured.repair import CUT_OFF, fitted
from pylot.models.structured.values import Call
from pylot.models.values import Tool, ToolCall

_MOST_CALLS = 16
_LIKENESS = 0.85
_SAME_BEGINNING = 3
_SHORTEST_LIKENESS = 5


@dataclass(frozen=True, slots=True)
class RepairedCalls:
    """Calls, or without any the model's answer in `text`; with a `problem`, in words for the model, neither counts."""

    calls: tuple[Call, ...]
    text: str
    thought: str
    reasoning: str
    repairs: tuple[str, ...]
    problem: str


def repair_calls(
    text: str,
    native: Sequence[ToolCall],
    tools: Sequence[Tool],
    *,
    is_whole: bool = True,
    must_call: bool = False,
    wants_directive: bool = False,
) -> RepairedCalls:
    """Return what a model's answer asks for; never raises, and never returns a call that does not fit its tool.

    `native` are the calls that a server has read out of the answer already.
    `wants_directive` says that the answer should have been a directive, so that JSON in it is meant.
    """
    text, reasoning = split_thoughts(text)
    repairs: tuple[str, ...] = ("thoughts removed",) if reasoning else ()
    raws = tuple(RawCall(call.name, call.arguments, True) for call in native)
    if raws:
        reading = Reading(raws, prose=text)
    else:
        reading = _read(text, tools, is_whole=is_whole, wants_directive=wants_directive)
    said = reading.prose if reading.final is None else reading.final
    answer = RepairedCalls((), said, reading.thought, reasoning, (*repairs, *reading.repairs), "")
    if not reading.calls:
        return replace(answer, problem=_problem_without_calls(reading, tools, is_whole=is_whole, must_call=must_call))
    calls: list[Call] = []
    steps: list[str] = [*answer.repairs]
    for number, raw in enumerate(reading.calls[:_MOST_CALLS]):
        call, done, problem = _checked(raw, tools, is_whole=is_whole)
        if call is None:
            return replace(answer, problem=CUT_OFF if not is_whole else problem)
        calls.append(replace(call, id=(native[number].id if native else "") or f"call-{number + 1}"))
        steps += [step for step in done if step not in steps]
    return replace(answer, calls=_with_own_ids(calls), repairs=tuple(steps))


def find_tool(name: str, tools: Sequence[Tool]) -> Tool | None:
    """Return the tool that a name means: its own, spelled otherwise, or so nearly that no other can be meant.

    Names that begin otherwise are never near: `set_x` is not `get_x`.
    """
    if exact := next((tool for tool in tools if tool.name == name), None):
        return exact
    wanted = simplified(name.rpartition(".")[2].rpartition(":")[2])
    same = [tool for tool in tools if simplified(tool.name) in (wanted, simplified(name))]
    if len(same) == 1:
        return same[0]
    if same or len(wanted) < _SHORTEST_LIKENESS or len(wanted) > 200:
        return None
    near = [
        tool
        for tool in tools
        if simplified(tool.name)[:_SAME_BEGINNING] == wanted[:_SAME_BEGINNING]
        and difflib.SequenceMatcher(None, simplified(tool.name), wanted).ratio() >= _LIKENESS
    ]
    return near[0] if len(near) == 1 else None


def _read(text: str, tools: Sequence[Tool], *, is_whole: bool, wants_directive: bool) -> Reading:
    marked = read_marked(text, [tool.name for tool in tools], tolerant=is_whole)
    if marked is not None and marked.calls:
        return marked
    for found in find_json(text, tolerant=is_whole):
        reading = read_value(found.value)
        if reading is None:
            continue
        # Prose may quote JSON of the same shape; it is a call only if it means one of the tools.
        means_it = wants_directive and any(call.is_marked for call in reading.calls)
        if reading.calls and not means_it and not any(find_tool(call.name, tools) for call in reading.calls):
            continue
        if reading.final is not None and not wants_directive:
            continue
        return replace(reading, prose=found.prose, repairs=found.repairs)
    if wants_directive and not is_whole:
        # Half an answer is still one; half a call is not.
        for found in find_json(text, tolerant=True):
            reading = read_value(found.value)
            if reading is not None and reading.final is not None:
                return replace(reading, prose=found.prose, repairs=found.repairs)
    return Reading(prose=text, repairs=("prose taken for the answer",) if wants_directive and text else ())


def _problem_without_calls(reading: Reading, tools: Sequence[Tool], *, is_whole: bool, must_call: bool) -> str:
    said = (reading.prose if reading.final is None else reading.final).strip()
    if must_call:
        return CUT_OFF if not is_whole else f"it calls no tool, but must call one of: {_names(tools)}"
    if reading.final is None and not is_whole and said[:1] in ("{", "["):
        return CUT_OFF
    if not said:
        return "it is empty"
    # A directive that cannot be read must not be shown to anybody as an answer.
    if reading.final is None and said.startswith("{") and '"calls"' in said:
        return "it is no JSON that can be read"
    return ""


def _checked(raw: RawCall, tools: Sequence[Tool], *, is_whole: bool) -> tuple[Call | None, tuple[str, ...], str]:
    tool = find_tool(raw.name, tools)
    if tool is None:
        return None, (), f"there is no such tool; the tools are: {_names(tools)}"
    steps: tuple[str, ...] = () if tool.name == raw.name else ("name matched",)
    arguments = raw.arguments
    if arguments is None or arguments == "":
        arguments = {}
    elif isinstance(arguments, str):
        arguments, done = _decoded(arguments, tolerant=is_whole)
        steps += done
    if not isinstance(arguments, dict):
        return None, steps, f"the arguments of {tool.name} are no JSON object"
    value, done, problem = fitted(arguments, tool.parameters)
    if problem or not isinstance(value, dict):
        return None, steps, f"the arguments of {tool.name} do not fit its schema: {problem}"
    return Call("", tool.name, value), (*steps, *done), ""


def _decoded(text: str, *, tolerant: bool) -> tuple[object, tuple[str, ...]]:
    """Return the arguments that a text holds; some models encode them twice."""
    steps: tuple[str, ...] = ()
    value: object = text
    with contextlib.suppress(ValueError):
        value = loads(text)
        if isinstance(value, str):
            steps, text = ("arguments decoded again",), value
            value = loads(text)
    if isinstance(value, str) and tolerant:
        with contextlib.suppress(ValueError):
            return loads_tolerantly(text), (*steps, "JSON repaired")
    return value, steps


def _with_own_ids(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return calls no two of which have one id, as those of careless servers do."""
    seen: set[str] = set()
    out = []
    for number, call in enumerate(calls):
        call_id = call.id if call.id not in seen else f"{call.id}-{number + 1}"
        seen.add(call_id)
        out.append(replace(call, id=call_id))
    return tuple(out)


def _names(tools: Sequence[Tool]) -> str:
    return ", ".join(tool.name for tool in tools)
