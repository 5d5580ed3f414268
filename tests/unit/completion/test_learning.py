"""What became of a suggestion is read from the edits alone, so that every editor teaches."""

from __future__ import annotations

import pytest

from pylot.completion.change import difference
from pylot.completion.learning import SuggestionTracker
from pylot.completion.learning_counts import Counts, Fate
from pylot.completion.values import Suggestion

URI = "file:///a.py"
SHOWN = "x = \nend"
TEXT = "compute(a, b)"


class Session:
    """One document in which `TEXT` was shown after `x = `."""

    def __init__(self, text: str = SHOWN, start: int = 4, end: int = 4, suggestion: str = TEXT) -> None:
        self.tracker = SuggestionTracker()
        self.text = text
        self.now = 0.0
        self.fates: list[str] = []
        self.show("s-1", suggestion, start, end)

    def show(self, identity: str, text: str, start: int, end: int) -> None:
        shown = Suggestion(identity, text, start, end, "model", 0.5)
        self.take(self.tracker.on_shown(shown, uri=URI, language="python", text=self.text, now=self.now))

    def edit(self, text: str) -> None:
        change = difference(self.text, text)
        assert change
        self.text = text
        self.take(self.tracker.on_change(URI, change, text, self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.tracker.tick(self.now))

    def take(self, events: tuple[object, ...]) -> None:
        self.fates.extend(event.fate.value for event in events)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("texts", "fates"),
    [
        (["x = compute(a, b)\nend"], ["accepted"]),
        (["x = c\nend", "x = compute(a, b)\nend"], ["accepted"]),
        (["x = c\nend", "x = co\nend", "x = z\nend"], ["typed_over"]),
        (["x = z\nend"], ["typed_over"]),
        (["x = compute(\nend"], ["partly_accepted"]),
        (["x = compute(\nend", "x = compute(a, b)\nend"], ["partly_accepted", "accepted"]),
        (["x = compute(\nend", "x = compute(z\nend"], ["partly_accepted"]),
        (["x = compute\nend", "x = compute()\nend", "x = compute(a)\nend"], ["partly_accepted"]),
        (["x = c\nend", "x = \nend", "x = compute(a, b)\nend"], ["accepted"]),
        (["x = \nEND"], []),
        (["x = \n"], []),
        (
            ["x = compute(a, \nend", "x = compute(a, b\nend", "x = compute(a, b)\nend"],
            ["partly_accepted", "typed_through"],
        ),
    ],
)
def test_fates_from_edits(texts: list[str], fates: list[str]) -> None:
    session = Session()
    for text in texts:
        session.edit(text)

    assert session.fates == ["shown", *fates]


def test_a_range_from_the_beginning_of_the_line() -> None:
    session = Session(start=0, suggestion="x = " + TEXT)
    session.edit("x = compute(a, b)\nend")

    assert session.fates == ["shown", "accepted"]


def test_a_range_over_what_stands_right_of_the_cursor() -> None:
    session = Session("f()\n", 2, 3, "a):")
    session.edit("f(a)\n")
    session.edit("f(a):\n")

    assert session.fates == ["shown", "typed_through"]


def test_the_rest_shown_again_is_the_same_suggestion() -> None:
    session = Session()
    session.edit("x = c\nend")
    session.show("s-2", TEXT[1:], 5, 5)
    session.take(session.tracker.on_accepted("s-2", session.now))
    session.edit("x = compute(a, b)\nend")

    assert session.fates == ["shown", "accepted"]


def test_what_the_editor_tells_is_counted_once() -> None:
    session = Session()
    session.take(session.tracker.on_partly_accepted("s-1", session.now))
    session.edit("x = compute(\nend")
    session.edit("x = compute(a, b)\nend")
    session.take(session.tracker.on_accepted("s-1", session.now))
    session.take(session.tracker.on_accepted("unknown", session.now))

    assert session.fates == ["shown", "partly_accepted", "accepted"]


def test_what_was_put_away_is_not_typed_over() -> None:
    session = Session()
    session.take(session.tracker.on_dismissed("s-1", session.now))
    session.take(session.tracker.on_dismissed("s-1", session.now))
    session.edit("x = 1\nend")

    assert session.fates == ["shown", "dismissed"]


@pytest.mark.parametrize(
    ("later", "fate"),
    [
        (["x = compute(a, b)\nend\nmore"], "kept"),
        (["# new line\nx = compute(a, b)\nend"], "kept"),
        (["x = compute(a, c)\nend"], "kept"),
        (["x = 1\nend"], "lost"),
        (["end"], "lost"),
        (["x = compute(a, b)\nfi", "\n\n\nx = compute(a, b)\nfi"], "kept"),
    ],
)
def test_kept_after_30_seconds(later: list[str], fate: str) -> None:
    session = Session()
    session.edit("x = compute(a, b)\nend")
    session.wait(29)
    for text in later:
        session.edit(text)
    session.wait(1)
    session.wait(60)

    assert session.fates == ["shown", "accepted", fate]


def test_a_closed_document_teaches_nothing_more() -> None:
    session = Session()
    session.edit("x = compute(a, b)\nend")
    session.tracker.on_closed(URI)
    session.wait(60)

    assert session.fates == ["shown", "accepted"]


def test_counts_can_be_stored_and_hold_no_text() -> None:
    session = Session()
    session.edit("x = compute(a, b)\nend")
    stored = session.tracker.counts.to_dict()

    assert stored == {"python": {"model": {"shown": 1, "accepted": 1}}}
    assert Counts.from_dict(stored).get("python", "model", Fate.ACCEPTED) == 1


@pytest.mark.parametrize(
    "damaged", [{"python": 1}, {"python": {"model": 3}}, {"python": {"model": {"shown": "x", "y": 2}}}]
)
def test_damaged_counts_are_left_out(damaged: dict[str, object]) -> None:
    assert Counts.from_dict(damaged).to_dict() == {}
