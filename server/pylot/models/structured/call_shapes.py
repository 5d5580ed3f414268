"""The shapes in which models write calls of tools: as JSON in many keys, as XML, and mixed with prose."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pylot.models.structured.found_json import find_json, loads

_NAMES = ("tool", "name", "tool_name", "function", "function_name", "action", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "tool_input", "params", "kwargs")
_LISTS = ("calls", "tool_calls", "actions", "tool_uses")
_ASIDE = frozenset({"id", "type", "thought", "thoughts", "reasoning"})
_BLOCK = re.compile(
    r"<(tool_call|function_call|tool_use)>(.*?)(?:</\1>|$)"
    r"|<function=([^<>\s]{1,100})>(.*?)(?:</function>|$)"
    r"|<invoke name=\"([^\"<>]{1,100})\">(.*?)(?:</invoke>|$)"
    r"|(?:\[TOOL_CALLS\]|<\|python_tag\|>)(.*)",
    re.DOTALL,
)
_FUNCTION = re.compile(r"<function=([^<>\s]{1,100})>(.*?)(?:</function>|$)", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter=([^<>\s]{1,100})>(.*?)(?:</parameter>|(?=<parameter=)|$)"
    r"|<parameter name=\"([^\"<>]{1,100})\">(.*?)(?:</parameter>|$)"
    r"|<arg_key>([^<>]{1,100})</arg_key>\s*<arg_value>(.*?)(?:</arg_value>|$)",
    re.DOTALL,
)
_OPENING = re.compile(r"<([A-Za-z_][\w-]{0,60})>")
_MOST_ELEMENTS = 64
_WORD = re.compile(r"\s*([A-Za-z_][\w.:-]{0,100})\s*")
# For models that know neither JSON directives nor marks of their own: a line `TOOL: name {...}` (A21).
_TOOL_LINE = re.compile(r"^[ \t>*`-]*TOOL:[ \t]*`?([A-Za-z_][\w.:-]{0,100})`?", re.MULTILINE)
_WRAPPERS = re.compile(r"</?(?:function_calls|tool_calls|antml:function_calls)>")


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as it was found: `arguments` may be anything; `is_marked` when the model has meant it beyond doubt."""

    name: str
    arguments: object
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: calls, or a final answer, and the prose around them."""

    calls: tuple[RawCall, ...] = ()
    final: str | None = None
    thought: str = ""
    prose: str = ""
    repairs: tuple[str, ...] = field(default=())


def read_marked(text: str, known: Collection[str], *, tolerant: bool) -> Reading | None:
    """Return the calls that stand in a text in marks of their own, or None when there are no such marks."""
    calls: list[RawCall] = []
    prose: list[str] = []
    steps: list[str] = []
    at = 0
    for block in _BLOCK.finditer(text):
        prose.append(text[at : block.start()])
        at = block.end()
        for call, repairs in _in_block(block, tolerant=tolerant):
            calls.append(call)
            steps += [step for step in repairs if step not in steps]
    prose.append(text[at:])
    if at:
        return Reading(tuple(calls), prose=_WRAPPERS.sub("", "".join(prose)).strip(), repairs=("marks read", *steps))
    return _read_tool_lines(text, tolerant=tolerant) or _read_elements(text, known)


def read_value(value: object) -> Reading | None:
    """Return the calls or the final answer that a JSON value spells, or None when it is something else."""
    if isinstance(value, list):
        calls = [_call_of(entry) for entry in value]
        return Reading(tuple(call for call in calls if call)) if calls and all(calls) else None
    if not isinstance(value, Mapping):
        return None
    thought = _text(value.get("thought"))
    for key in _LISTS:
        entries = value.get(key)
        entries = [entries] if isinstance(entries, Mapping) else entries
        if isinstance(entries, list) and entries:
            calls = [_call_of(entry) for entry in entries]
            marked = [RawCall(call.name, call.arguments, True) if call else RawCall("", None, True) for call in calls]
            return Reading(tuple(marked), thought=thought)
    if isinstance(final := value.get("final"), str):
        return Reading(final=final, thought=thought)
    call = _call_of(value)
    return Reading((call,), thought=thought) if call else None


def _in_block(block: re.Match[str], *, tolerant: bool) -> Iterator[tuple[RawCall, tuple[str, ...]]]:
    _, inner, function, function_body, invoked, invoked_body, rest = block.groups()
    if function or invoked:
        yield _with_body(function or invoked, function_body if function else invoked_body, tolerant=tolerant)
        return
    body = inner if inner is not None else rest
    if functions := list(_FUNCTION.finditer(body)):
        for each in functions:
            yield _with_body(each.group(1), each.group(2), tolerant=tolerant)
        return
    for found in find_json(body, tolerant=tolerant):
        reading = read_value(found.value)
        if reading and reading.calls:
            repairs = tuple(step for step in found.repairs if step == "JSON repaired")
            for call in reading.calls:
                yield RawCall(call.name, call.arguments, True), repairs
            return
    named = _WORD.match(body)
    yield (
        _with_body(named.group(1), body[named.end() :], tolerant=tolerant) if named else (RawCall("", None, True), ())
    )


def _with_body(name: str, body: str, *, tolerant: bool) -> tuple[RawCall, tuple[str, ...]]:
    found = [tuple(group for group in match.groups() if group is not None) for match in _PARAMETER.finditer(body)]
    if found or not body.strip():
        return RawCall(name, {key: value.strip("\n") for key, value in found}, True), ()
    for each in find_json(body, tolerant=tolerant):
        if isinstance(each.value, dict):
            inner = each.value.get("arguments")
            repairs = tuple(step for step in each.repairs if step == "JSON repaired")
            return RawCall(name, inner if isinstance(inner, dict) else each.value, True), repairs
    children = {child: inner for child, inner, _, _ in _elements(body)}
    return RawCall(name, children or body.strip(), True), ()


def _read_tool_lines(text: str, *, tolerant: bool) -> Reading | None:
    """Return calls written as lines `TOOL: name {...}`, whose JSON may go on over the following lines."""
    lines = list(_TOOL_LINE.finditer(text))
    if not lines:
        return None
    ends = [line.start() for line in lines[1:]] + [len(text)]
    calls = [
        _with_body(line.group(1), text[line.end() : end], tolerant=tolerant)
        for line, end in zip(lines, ends, strict=True)
    ]
    repairs = tuple(dict.fromkeys(("tool line read", *(step for _, steps in calls for step in steps))))
    return Reading(tuple(call for call, _ in calls), prose=text[: lines[0].start()].strip(), repairs=repairs)


def _read_elements(text: str, known: Collection[str]) -> Reading | None:
    """Return calls written as an element per tool, with an element per argument."""
    if "</" not in text:
        return None
    calls: list[RawCall] = []
    prose: list[str] = []
    at = 0
    for name, body, start, end in _elements(text, known):
        arguments: object = {child: inner for child, inner, _, _ in _elements(body)}
        if not arguments and body.strip():
            with contextlib.suppress(ValueError):
                arguments = loads(body)
        calls.append(RawCall(name, arguments, True))
        prose.append(text[at:start])
        at = end
    if not calls:
        return None
    prose.append(text[at:])
    return Reading(tuple(calls), prose="".join(prose).strip(), repairs=("marks read",))


def _elements(text: str, known: Collection[str] | None = None) -> Iterator[tuple[str, str, int, int]]:
    """Yield the outermost elements that are closed: name, content, start and end.

    A pattern with a back reference would take quadratic time, which texts of a hundred thousand tags have.
    """
    at = 0
    for _ in range(_MOST_ELEMENTS):
        opening = _OPENING.search(text, at)
        while opening is not None and known is not None and opening.group(1) not in known:
            opening = _OPENING.search(text, opening.end())
        if opening is None:
            return
        at = opening.end()
        closing = f"</{opening.group(1)}>"
        end = text.find(closing, at)
        if end >= 0:
            yield opening.group(1), text[at:end], opening.start(), end + len(closing)
            at = end + len(closing)


def _call_of(value: object) -> RawCall | None:
    if not isinstance(value, Mapping):
        return None
    inner = value.get("function")
    if isinstance(inner, Mapping):
        return _call_of(inner)
    name_key = next((key for key in _NAMES if isinstance(value.get(key), str) and value.get(key)), None)
    if name_key is None:
        return _single(value)
    key = next((key for key in _ARGUMENTS if key in value), None)
    if key is not None:
        return RawCall(str(value[name_key]), value[key])
    return RawCall(str(value[name_key]), {k: v for k, v in value.items() if k != name_key and k not in _ASIDE})


def _single(value: Mapping[str, object]) -> RawCall | None:
    """Return the call that an object with a tool's name for its only key spells."""
    rest = {key: each for key, each in value.items() if key not in _ASIDE}
    if len(rest) != 1:
        return None
    ((name, arguments),) = rest.items()
    return RawCall(name, arguments) if isinstance(arguments, Mapping) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
