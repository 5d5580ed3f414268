"""What was last worked out about long texts.

Texts are compared, not hashed: every version of a document is a new string, and hashing 700 KB takes ten times as long
as finding that it has another length, or is the same object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Known(Generic[Value]):
    """A value, and the text and what else it depends on."""

    text: str
    about: object
    value: Value


class RecentTexts(Generic[Value]):
    """Keep the values of the last `size` texts, the least recently used go first.

    The tuple is replaced whole, so threads need no lock; at worst one works out again what another has just done.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: tuple[Known[Value], ...] = ()

    def __iter__(self) -> Iterator[Known[Value]]:
        """Yield what is known, the most recently used first."""
        return iter(self._known)

    def find(self, text: str, about: object = None) -> Known[Value] | None:
        """Return what is known of a text, which is the most recently used then."""
        for known in self._known:
            if known.about == about and known.text == text:
                if known is not self._known[0]:
                    self._known = (known, *(other for other in self._known if other is not known))
                return known
        return None

    def add(self, text: str, value: Value, about: object = None) -> Value:
        """Remember the value of a text that was not known; return it."""
        self._known = (Known(text, about, value), *self._known[: self._size - 1])
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._known = ()
