"""What llama.vscode sends to `/infill`, and what it makes of the answers: pure, with its defaults.

Read from its sources of 2026 (`completion.ts`, `extra-context.ts`, `llama-server.ts`): 256 lines above and 64 below the
cursor, a ring of up to 16 extra chunks, answers remembered by the text around them.
Two things are not as shipped, so that contenders can be compared: `top_k` is 1, which makes it greedy, and `n_predict`
is the benchmark's.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PREFIX_LINES, _SUFFIX_LINES = 256, 64
_HELD_LINES, _HELD_BLOCK = 80, 32
_MAX_LINE_SUFFIX = 8
_RING_CHUNKS, _CHUNK_LINES, _RING_SCOPE = 16, 64, 1024
_SMALLEST_CHUNK, _QUEUE, _PICK_DISTANCE = 3, 16, 32
_REMEMBERED = 250
_SIMILAR = 0.9
_PREDICT_MS = 500


@dataclass(frozen=True, slots=True)
class InfillPlace:
    """The text around a cursor as the plugin cuts it; `prompt` is the line up to the cursor."""

    prefix: str
    prompt: str
    suffix: str

    @property
    def key(self) -> str:
        """What an answer is remembered by."""
        return f"{self.prefix}|{self.suffix}|{self.prompt}"


def place_at(text: str, offset: int) -> InfillPlace:
    """Cut the text around a cursor."""
    lines = text.split("\n")
    line = text.count("\n", 0, offset)
    column = offset - (text.rfind("\n", 0, offset) + 1)
    above = lines[max(0, line - _PREFIX_LINES) : line]
    below = lines[line + 1 : line + 1 + _SUFFIX_LINES]
    suffix = "\n".join(below) + "\n"
    return InfillPlace("\n".join(above) + "\n", lines[line][:column], f"{lines[line][column:]}\n{suffix}")


def held_place_at(text: str, offset: int) -> InfillPlace:
    """Cut the text as somebody would who knows how the server's cache works.

    Whole blocks of lines above, so that the beginning holds still while lines are typed; shorter than the part of a
    batch that the server cuts a prefix to, which would move it at every token.
    """
    first = max(0, text.count("\n", 0, offset) - _HELD_LINES) // _HELD_BLOCK * _HELD_BLOCK
    place = place_at(text, offset)
    above = "".join(text[: offset - len(place.prompt)].splitlines(keepends=True)[first:])
    return InfillPlace(above, place.prompt, "".join(place.suffix.splitlines(keepends=True)[: _HELD_BLOCK + 1]))


def asks_at(place: InfillPlace) -> bool:
    """Tell whether the plugin asks at all: not where much text stands right of the cursor."""
    return len(place.suffix.partition("\n")[0]) <= _MAX_LINE_SUFFIX


def plugin_body(place: InfillPlace, chunks: Sequence[Mapping[str, Any]], n_predict: int) -> dict[str, Any]:
    """Return the body of a request for a suggestion."""
    n_indent = len(place.prompt) - len(place.prompt.lstrip())
    blank = not place.prompt.strip(" \t")
    return {
        "id_slot": 0,
        "input_prefix": place.prefix,
        "input_suffix": place.suffix,
        "input_extra": list(chunks),
        "prompt": "" if blank else place.prompt,
        "n_predict": n_predict,
        "n_indent": n_indent,
        "top_k": 1,
        "top_p": 0.99,
        "samplers": ["top_k", "top_p", "infill"],
        "cache_prompt": True,
        "t_max_prompt_ms": 500,
        "t_max_predict_ms": _PREDICT_MS,
    }


def ring_body(chunks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body that makes the server read the extra chunks before they are needed."""
    return {
        "id_slot": 0,
        "input_prefix": "",
        "input_suffix": "",
        "input_extra": list(chunks),
        "prompt": "",
        "n_predict": 0,
        "samplers": [],
        "cache_prompt": True,
        "t_max_prompt_ms": 500,
        "t_max_predict_ms": 1,
    }


def tuned_body(place: InfillPlace, n_predict: int) -> dict[str, Any]:
    """Return the body of the best that `/infill` can be tuned to: one line, no extra chunks that move, greedy."""
    return {
        "id_slot": 0,
        "input_prefix": place.prefix,
        "input_suffix": place.suffix,
        "input_extra": [],
        "prompt": place.prompt,
        "n_predict": n_predict,
        "temperature": 0.0,
        "samplers": ["temperature"],
        "stop": ["\n"],
        "cache_prompt": True,
    }


def place_after(place: InfillPlace, shown: str) -> InfillPlace:
    """Return the place once a suggestion has been accepted, as the plugin asks for it in advance."""
    *above, last = shown.split("\n")
    if not above:
        return InfillPlace(place.prefix, place.prompt + last, place.suffix)
    lines = f"{place.prefix}{place.prompt}{chr(10).join(above)}".split("\n")[-_PREFIX_LINES:]
    return InfillPlace("\n".join(lines) + "\n", last, place.suffix)


def shown_text(answer: str, place: InfillPlace) -> str:
    """Return what the plugin shows of an answer; nothing when it repeats what stands there."""
    lines = answer.rstrip("\r\n").split("\n")
    rest, *below = place.suffix.split("\n")
    following = next((line for line in below if line.strip()), None)
    if not answer.strip() or (len(lines) == 1 and lines[0] == rest):
        return ""
    if len(lines) > 1 and lines[0].strip() in ("", rest.strip()) and lines[1:] == below[: len(lines) - 1]:
        return ""
    if len(lines) == 1 and place.prompt + lines[0] == following:
        return ""
    if rest.strip():
        if lines[0].endswith(rest):
            return lines[0][: -len(rest)]
        return lines[0]
    return "\n".join(lines)


class AnswerMemory:
    """The plugin's remembered answers: the same place, or an earlier place of the line whose answer was typed."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def put(self, place: InfillPlace, text: str, n_tokens: int) -> None:
        """Remember an answer, and how many tokens it took."""
        self._answers[place.key] = text, n_tokens
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)

    def find(self, place: InfillPlace) -> tuple[str, int] | None:
        """Return the rest of an answer that agrees with what was typed since and the tokens of it all, or None."""
        for length in range(len(place.prompt), -1, -1):
            earlier = InfillPlace(place.prefix, place.prompt[:length], place.suffix)
            found, typed = self._answers.get(earlier.key), place.prompt[length:]
            if found is not None and found[0].startswith(typed):
                return found[0][len(typed) :], found[1]
        return None


@dataclass(slots=True)
class Ring:
    """The extra chunks that go with every request, and those that wait until the user pauses."""

    chunks: list[dict[str, Any]] = field(default_factory=list)
    queued: list[dict[str, Any]] = field(default_factory=list)
    _last_line: int = -9999
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def entered(self, file: str, lines: Sequence[str], line: int, *, unsaved: bool) -> None:
        """Take in that a file was entered: a chunk around the cursor, unless it has changes that are not saved."""
        half = _CHUNK_LINES // 2
        if not unsaved:
            self._pick(file, lines[max(0, line - half) : line + half + 1], evict=True)

    def asked(self, file: str, lines: Sequence[str], line: int) -> None:
        """Take in that a suggestion was shown: far from the last time, chunks from beyond the window are picked."""
        if abs(line - self._last_line) <= _PICK_DISTANCE:
            return
        self._pick(file, lines[max(0, line - _RING_SCOPE) : max(0, line - _PREFIX_LINES) + 1], evict=False)
        below = min(len(lines) - 1, line + _SUFFIX_LINES)
        self._pick(file, lines[below : below + _CHUNK_LINES + 1], evict=False)
        self._last_line = line

    def promote(self) -> bool:
        """Move one waiting chunk into the ring, as a pause does; false when none waits."""
        if not self.queued:
            return False
        self.chunks.append(self.queued.pop(0))
        del self.chunks[:-_RING_CHUNKS]
        return True

    def _pick(self, file: str, lines: Sequence[str], *, evict: bool) -> None:
        if len(lines) < _SMALLEST_CHUNK:
            return
        if len(lines) + 1 >= _CHUNK_LINES:
            begin = self._random.randrange(max(1, len(lines) - _CHUNK_LINES // 2 + 1))
            lines = lines[begin : begin + _CHUNK_LINES // 2]
        text = "\n".join(lines) + "\n"
        if evict:
            if any(chunk["text"] == text for chunk in (*self.chunks, *self.queued)):
                return
            self.chunks = [chunk for chunk in self.chunks if not _are_similar(chunk["text"], text)]
            self.queued = [chunk for chunk in self.queued if not _are_similar(chunk["text"], text)]
        self.queued = [*self.queued[-_QUEUE + 1 :], {"text": text, "time": 0, "filename": file}]


def _are_similar(left: str, right: str) -> bool:
    one, other = set(left.split("\n")), set(right.split("\n"))
    return len(one & other) / len(one | other) > _SIMILAR
