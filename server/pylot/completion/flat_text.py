"""The flat texts above and below the cursor, kept up line by line while the user types and moves."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from pylot.completion.cursor import rest_of_line
from pylot.completion.values import CompletionRequest

_REACH = 200_000
# The window of a very long file slides by steps, so that it stays the same from key to key.
_STEP = 1 << 15
_MAX_DOCUMENTS = 4


def flatten(text: str) -> str:
    """Return the text with the indentation of every line but the first removed and only line feeds between them.

    Lines keep their numbers, so that a place in the flat text finds its line in the original.
    """
    first, *rest = with_line_feeds(text).split("\n")
    return "\n".join([first, *[line.lstrip(" \t") for line in rest]])


def with_line_feeds(text: str) -> str:
    """Return the text with every line end as one line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


@dataclass(frozen=True, slots=True)
class FlatAround:
    """The text before the cursor and the one after its line, each as it is and flat."""

    prefix: str
    before: str
    lower: str
    below: str


@dataclass(slots=True)
class _Known:
    head: str = ""
    flat_head: str = ""
    lower: str = ""
    flat_lower: str = ""


class FlatTexts:
    """Make what surrounds a cursor flat; only lines that were not there before are worked on."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def around(self, request: CompletionRequest) -> FlatAround:
        """Return the surroundings of a request's cursor, 200,000 characters each way."""
        known = self._known.setdefault(request.path or request.uri, _Known())
        self._known.move_to_end(request.path or request.uri)
        if len(self._known) > _MAX_DOCUMENTS:
            self._known.popitem(last=False)
        text, offset = request.text, request.offset
        line_start = text.rfind("\n", 0, offset) + 1
        begin = max(0, (offset - _REACH) // _STEP * _STEP)
        head, typed = text[begin:line_start], text[max(begin, line_start) : offset]
        known.flat_head = _flat_head(head, known.head, known.flat_head)
        known.head = head
        after = text[offset : offset + _REACH]
        lower = after[len(rest_of_line(after)) :]
        known.flat_lower = _flat_lower(lower, known.lower, known.flat_lower)
        known.lower = lower
        before = known.flat_head + (flatten("\n" + typed)[1:] if head else flatten(typed))
        return FlatAround(head + typed, before, lower, known.flat_lower)


def _flat_head(head: str, old: str, old_flat: str) -> str:
    """Flatten a text that ends with its line, given another one that begins or goes on alike."""
    if old and head.startswith(old):
        return old_flat + flatten("\n" + head[len(old) :])[1:]
    if head and old.startswith(head):
        return old_flat[: len(old_flat) - len(flatten("\n" + old[len(head) :])) + 1]
    return flatten(head)


def _flat_lower(lower: str, old: str, old_flat: str) -> str:
    """Flatten a text that begins with a line end, given another one that ends alike."""
    longer, shorter = (lower, old) if len(lower) > len(old) else (old, lower)
    if longer[: len(longer) - len(shorter)].endswith("\r") and shorter.startswith("\n"):
        # One line end was cut in two.
        return flatten(lower)
    if old and lower.endswith(old):
        return flatten(lower[: len(lower) - len(old)]) + old_flat
    if lower and old.endswith(lower):
        return old_flat[len(flatten(old[: len(old) - len(lower)])) :]
    return flatten(lower)
