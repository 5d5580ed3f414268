"""Tables of words, written as text because that is how they are read."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Return the words of a table, in order."""
    return tuple(text.split())
