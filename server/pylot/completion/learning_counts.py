"""Counts of what became of suggestions; numbers only, never text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What happened to a suggestion; one suggestion may meet several."""

    SHOWN = "shown"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    TYPED_THROUGH = "typed_through"
    TYPED_OVER = "typed_over"
    DISMISSED = "dismissed"
    KEPT = "kept"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class LearnEvent:
    """One suggestion met one fate."""

    fate: Fate
    suggestion_id: str
    language: str
    source: str
    time: float


class Counts:
    """How often each fate was met, per language and source."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], dict[Fate, int]] = {}

    def add(self, event: LearnEvent) -> None:
        """Count one event."""
        fates = self._counts.setdefault((event.language, event.source), {})
        fates[event.fate] = fates.get(event.fate, 0) + 1

    def merge(self, other: Counts) -> None:
        """Add what another has counted."""
        for place, fates in other._counts.items():
            own = self._counts.setdefault(place, {})
            for fate, count in fates.items():
                own[fate] = own.get(fate, 0) + count

    def get(self, language: str, source: str, fate: Fate) -> int:
        """Return how often a fate was met."""
        return self._counts.get((language, source), {}).get(fate, 0)

    def to_dict(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return language -> source -> fate -> count."""
        plain: dict[str, dict[str, dict[str, int]]] = {}
        for (language, source), fates in self._counts.items():
            plain.setdefault(language, {})[source] = {fate.value: count for fate, count in fates.items()}
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, object]) -> Counts:
        """Read what `to_dict` wrote, leaving out whatever has another shape."""
        counts = cls()
        for language, sources in plain.items():
            for source, fates in sources.items() if isinstance(sources, Mapping) else ():
                known = {fate: fates.get(fate.value) for fate in Fate} if isinstance(fates, Mapping) else {}
                kept = {fate: count for fate, count in known.items() if type(count) is int and count > 0}
                if kept:
                    counts._counts[str(language), str(source)] = kept
        return counts
