"""Find JSON in what a model has written: as it should be, in fences, in the midst of prose, and misspelled."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST = 200_000
_LONGEST_REPAIR = 20_000
_MOST_PLACES = 64
_MOST_FENCES = 16
_FENCE = re.compile(r"```[ \t]*[\w+-]*[ \t]*\n?(.*?)(?:```|$)", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_TAG = r"(?:think|thinking|thought|thoughts|reasoning|reflection)"
_THOUGHT_TAG = re.compile(rf"<(/?){_TAG}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON value, what had to be done to read it, and the text around it."""

    value: object
    repairs: tuple[str, ...]
    prose: str


def split_thoughts(text: str) -> tuple[str, str]:
    """Return a text without blocks of thoughts, and the thoughts; blocks may be nested, unopened or unclosed."""
    answer: list[str] = []
    thoughts: list[str] = []
    depth, at = 0, 0
    for tag in _THOUGHT_TAG.finditer(text):
        piece, at = text[at : tag.start()], tag.end()
        closes = bool(tag.group(1))
        if closes and depth == 0:
            # The prompt had opened the block.
            thoughts += [*answer, piece]
            answer.clear()
        else:
            (thoughts if depth else answer).append(piece)
        depth = max(depth - 1, 0) if closes else depth + 1
    (thoughts if depth else answer).append(text[at:])
    return "".join(answer).strip(), "".join(thoughts).strip()


def loads(text: str) -> object:
    """Return what JSON says; raises `ValueError` for anything else, numbers that only Python knows included."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def loads_tolerantly(text: str) -> object:
    """Return what misspelled JSON is likely to mean: an object or an array; raises `ValueError` otherwise."""
    import json_repair

    text = text.strip()
    if text[:1] not in ("{", "[") or len(text) > _LONGEST_REPAIR:
        raise ValueError("nothing that could be an object or an array")
    try:
        # What it makes of a text need not be JSON itself.
        value = loads(json.dumps(json_repair.loads(text, skip_json_loads=True)))
    except Exception as error:
        # It is made for misspelled JSON, not for everything that a model may write.
        raise ValueError(type(error).__name__) from error
    if not isinstance(value, (dict, list)) or not value:
        raise ValueError("nothing was left of it")
    return value


def find_json(text: str, *, tolerant: bool) -> Iterator[Found]:
    """Yield the values in a text, the most likely first; misspelled ones last, and only where that is tolerated."""
    text = text[:_LONGEST].strip()
    with contextlib.suppress(ValueError):
        yield Found(loads(text), (), "")
    fences = [
        (match.group(1).strip(), _around(text, match.start(), match.end()))
        for match in itertools.islice(_FENCE.finditer(text), _MOST_FENCES)
    ]
    for inner, prose in fences:
        with contextlib.suppress(ValueError):
            yield Found(loads(inner), ("fence removed",), prose)
    yield from _embedded(text)
    if not tolerant:
        return
    begins = text.find("{") if "[" not in text else min(text.find(each) for each in "{[" if each in text)
    texts: list[tuple[str, tuple[str, ...], str]] = [
        (inner, ("fence removed", "JSON repaired"), prose) for inner, prose in fences
    ]
    if begins >= 0:
        steps = ("prose removed", "JSON repaired") if begins else ("JSON repaired",)
        texts.append((text[begins:], steps, text[:begins].strip()))
    for inner, repairs, prose in texts:
        with contextlib.suppress(ValueError):
            yield Found(loads_tolerantly(inner), repairs, prose)


def _embedded(text: str) -> Iterator[Found]:
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_MOST_PLACES):
        opening = _OPENING.search(text, at)
        if opening is None:
            return
        at = opening.end()
        with contextlib.suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(text, opening.start())
            at = end
            yield Found(value, ("prose removed",), _around(text, opening.start(), end))


def _around(text: str, start: int, end: int) -> str:
    return "\n".join(part for part in (text[:start].strip(), text[end:].strip()) if part)
