"""What became of each suggestion, read from the edits themselves, so that every editor teaches.

Editors that tell of showing and accepting are believed; what they tell and what the edits show is counted once.
Everything stays in memory on this machine; only counts can be taken out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pylot.completion.change import TextChange
from pylot.completion.cursor import is_word_character
from pylot.completion.learning_counts import Counts, Fate, LearnEvent
from pylot.completion.lookup import typed_between
from pylot.completion.survival import TrackedText
from pylot.completion.values import Suggestion

KEPT_AFTER_SECONDS = 30.0
_MAX_AUTO_CLOSED = 2

Events = tuple[LearnEvent, ...]


@dataclass(slots=True)
class _Live:
    """A suggestion on the screen: `text` goes where `start` to `end` stood in `document`."""

    ids: list[str]
    language: str
    source: str
    document: str
    start: int
    end: int
    text: str
    typed: int = 0
    met: set[Fate] = field(default_factory=set)

    @property
    def accepted_document(self) -> str:
        return self.document[: self.start] + self.text + self.document[self.end :]

    def n_typed_in(self, document: str) -> int | None:
        """How much of the text stands in a document that has nothing else new, or nothing."""
        n_new = len(document) - len(self.document)
        for n_closers in range(_MAX_AUTO_CLOSED + 1):
            n_typed = n_new - n_closers
            if not 0 <= n_typed < len(self.text):
                continue
            typed = self.text[:n_typed]
            begins = document.startswith(self.document[: self.start]) and document.startswith(typed, self.start)
            below = document[self.start + n_typed :]
            if begins and typed_between(typed, self.document[self.start :], below) is not None:
                return n_typed
        return None


@dataclass(slots=True)
class _Accepted:
    """An accepted suggestion that is watched until `due`."""

    suggestion_id: str
    uri: str
    language: str
    source: str
    place: TrackedText
    document: str
    due: float


class SuggestionTracker:
    """Follow every suggestion from the screen to its fate; each method returns what was learned from the call."""

    def __init__(self, counts: Counts | None = None) -> None:
        self.counts = counts or Counts()
        self._live: dict[str, _Live] = {}
        self._accepted: list[_Accepted] = []

    def on_shown(self, suggestion: Suggestion, *, uri: str, language: str, text: str, now: float) -> Events:
        """Take in that a suggestion for `text` is on the screen.

        The rest of one that was there already is the same suggestion.
        """
        start, end, wanted = _without_known(suggestion, text)
        live = self._live.get(uri)
        same_place = live and text == _document_now(live) and start == live.start + live.typed
        if live and same_place and wanted == live.text[live.typed :]:
            live.ids.append(suggestion.id)
            return ()
        fresh = _Live([suggestion.id], language, suggestion.source, text, start, end, wanted)
        self._live[uri] = fresh
        return self._meet(fresh, Fate.SHOWN, now)

    def on_change(self, uri: str, change: TextChange, text: str, now: float) -> Events:
        """Take in a change of a document and the text it led to."""
        for accepted in self._accepted:
            if accepted.uri == uri:
                accepted.place.follow(change)
                accepted.document = text
        live = self._live.get(uri)
        return self._follow(uri, live, change, text, now) if live else ()

    def on_accepted(self, suggestion_id: str, now: float) -> Events:
        """Take in the editor's word that a suggestion was accepted whole."""
        live = self._find(suggestion_id)
        return self._meet(live, Fate.ACCEPTED, now) if live else ()

    def on_partly_accepted(self, suggestion_id: str, now: float) -> Events:
        """Take in the editor's word that the beginning of a suggestion was accepted."""
        live = self._find(suggestion_id)
        return self._meet(live, Fate.PARTLY_ACCEPTED, now) if live else ()

    def on_dismissed(self, suggestion_id: str, now: float) -> Events:
        """Take in the editor's word that a suggestion was put away; what is typed then says nothing about it."""
        uri = next((uri for uri, live in self._live.items() if suggestion_id in live.ids), None)
        return () if uri is None else self._meet(self._live.pop(uri), Fate.DISMISSED, now)

    def on_closed(self, uri: str) -> None:
        """Forget the suggestions of a document that was closed."""
        self._live.pop(uri, None)
        self._accepted = [each for each in self._accepted if each.uri != uri]

    def tick(self, now: float) -> Events:
        """Judge the texts that were accepted 30 seconds ago: kept, or lost."""
        due = [each for each in self._accepted if each.due <= now]
        self._accepted = [each for each in self._accepted if each.due > now]
        events = []
        for each in due:
            fate = Fate.KEPT if each.place.survives_in(each.document) else Fate.LOST
            events.append(LearnEvent(fate, each.suggestion_id, each.language, each.source, now))
        return self._count(*events)

    def _follow(self, uri: str, live: _Live, change: TextChange, text: str, now: float) -> Events:
        if text == live.accepted_document:
            by_hand = len(change.inserted) == 1 and Fate.ACCEPTED not in live.met
            del self._live[uri]
            place = TrackedText(live.text, live.start, live.start + len(live.text))
            watched = _Accepted(live.ids[0], uri, live.language, live.source, place, text, now + KEPT_AFTER_SECONDS)
            self._accepted.append(watched)
            return self._meet(live, Fate.TYPED_THROUGH if by_hand else Fate.ACCEPTED, now)
        n_typed = live.n_typed_in(text)
        if n_typed is None:
            del self._live[uri]
            here = live.start <= change.start <= live.start + live.typed
            answered = live.met & {Fate.ACCEPTED, Fate.PARTLY_ACCEPTED}
            return self._meet(live, Fate.TYPED_OVER, now) if here and not answered else ()
        in_one_go = n_typed - live.typed > 1 and _ends_word(live.text, n_typed)
        live.typed = n_typed
        return self._meet(live, Fate.PARTLY_ACCEPTED, now) if in_one_go else ()

    def _find(self, suggestion_id: str) -> _Live | None:
        return next((live for live in self._live.values() if suggestion_id in live.ids), None)

    def _meet(self, live: _Live, fate: Fate, now: float) -> Events:
        if fate in live.met:
            return ()
        live.met.add(fate)
        return self._count(LearnEvent(fate, live.ids[0], live.language, live.source, now))

    def _count(self, *events: LearnEvent) -> Events:
        for event in events:
            self.counts.add(event)
        return events


def _without_known(suggestion: Suggestion, document: str) -> tuple[int, int, str]:
    """The suggestion without the beginning that stands in the document already (ranges may begin at the line's)."""
    start, text = suggestion.start, suggestion.text
    while start < suggestion.end and text and document[start] == text[0]:
        start, text = start + 1, text[1:]
    return start, suggestion.end, text


def _document_now(live: _Live) -> str:
    typed = live.text[: live.typed]
    return live.document[: live.start] + typed + live.document[live.start :]


def _ends_word(text: str, end: int) -> bool:
    return not (is_word_character(text[end - 1]) and is_word_character(text[end]))
