from __future__ import annotations

import random

import pytest

from pylot.kernel.clock import ManualClock
from pylot.text.document_text import Edit
from pylot.text.positions import Position, PositionEncoding, Range
from pylot.text.store import DocumentStore, Snapshot

URI = "file:///home/a%20b.py"
UTF16 = PositionEncoding.UTF16


def edit(start: tuple[int, int], end: tuple[int, int], text: str = "x") -> Edit:
    return Edit(Range(Position(*start), Position(*end)), text)


def opened(text: str = "a😀\nb") -> DocumentStore:
    store = DocumentStore(ManualClock())
    store.open(URI, "python", 5, text)
    return store


def current(store: DocumentStore) -> Snapshot:
    snapshot = store.get(URI)
    assert snapshot is not None
    return snapshot


def test_a_change_makes_a_new_snapshot_and_leaves_the_old_one_alone() -> None:
    clock = ManualClock(1.0)
    store = DocumentStore(clock)
    old = store.open(URI, "python", 1, "a")
    clock.advance(2.0)
    edits = [edit((0, 1), (0, 1), "b")]
    change = store.change(URI, 2, edits, UTF16)

    assert change is not None
    assert (change.old, change.new, list(change.edits)) == (old, store.get(URI), edits)
    assert (old.content.text, change.new.content.text) == ("a", "ab")
    assert (change.new.path, change.new.version, change.new.last_change) == ("/home/a b.py", 2, 3.0)


@pytest.mark.parametrize(
    ("version", "edits"),
    [
        (5, [edit((0, 0), (0, 0))]),
        (4, [edit((0, 0), (0, 0))]),
        (-1, [edit((0, 0), (0, 0))]),
        (6, [edit((1, 0), (0, 0))]),
        (6, [edit((0, 2), (0, 3))]),
        (6, [edit((0, 0), (0, 2))]),
        (6, [edit((3, 0), (3, 0))]),
        (6, [edit((0, 0), (0, 0)), edit((9, 0), (9, 9))]),
    ],
    ids=["repeated", "backwards", "negative", "reversed", "cut start", "cut end", "beyond", "second of two"],
)
def test_an_impossible_change_puts_the_text_in_doubt_until_it_is_sent_whole(version: int, edits: list[Edit]) -> None:
    """T2: never a wrong text, never an exception."""
    store = opened()

    assert store.change(URI, version, edits, UTF16) is None
    assert not current(store).in_sync
    assert current(store).content.text == "a😀\nb"
    assert store.change(URI, 7, [edit((0, 0), (0, 0))], UTF16) is None
    assert not current(store).in_sync

    assert store.change(URI, 8, [edit((9, 9), (9, 9)), Edit(None, "new"), edit((0, 3), (0, 3), "!")], UTF16)
    assert (current(store).in_sync, current(store).content.text) == (True, "new!")


@pytest.mark.parametrize(
    ("version", "change", "expected"),
    [
        (50, edit((0, 0), (0, 0)), "xa😀\nb"),
        (6, edit((0, 99), (0, 99)), "a😀x\nb"),
        (6, edit((1, 99), (99, 0)), "a😀\nbx"),
        (6, edit((2, 0), (2, 0)), "a😀\nbx"),
    ],
    ids=["skipped version", "past the line", "past the document", "one line past"],
)
def test_skipped_versions_and_places_past_an_end_are_normal(version: int, change: Edit, expected: str) -> None:
    store = opened()

    assert store.change(URI, version, [change], UTF16)
    assert current(store).content.text == expected


def test_order_of_open_change_and_close_does_not_matter() -> None:
    """T2: a change before open, a second open, a change after close, a second close."""
    store = DocumentStore(ManualClock())

    assert store.change(URI, 1, [Edit(None, "a")], UTF16) is None
    store.distrust(URI)
    store.open(URI, "python", 1, "a")
    store.distrust(URI)
    assert not current(store).in_sync
    store.open(URI, "python", 1, "b")
    assert [it.content.text for it in store.all() if it.in_sync] == ["b"]
    assert store.close(URI) is not None
    assert store.change(URI, 2, [Edit(None, "a")], UTF16) is None
    assert store.close(URI) is None
    assert store.get(URI) is None


def test_random_hostile_changes_never_raise_and_never_leave_a_wrong_text() -> None:
    """T2: a text that claims to be in sync is the one a careful client would have."""
    rng = random.Random(2)
    store = opened()
    for _ in range(2_000):
        start, end = [(rng.randrange(-2, 5), rng.randrange(-2, 6)) for _ in range(2)]
        before = current(store)
        changed = store.change(URI, before.version + rng.randrange(-1, 4), [edit(start, end)], UTF16)

        if changed is None:
            assert current(store).content is before.content
            store.open(URI, "python", before.version, "a😀\nb\r\nc")
        else:
            assert (0, 0) <= start <= end
            assert current(store).in_sync


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%C3%A9/b.py", "/aé/b.py"),
        ("FILE:///a", "/a"),
        ("untitled:Untitled-1", ""),
        ("vscode-scm:git/x", ""),
        ("http://[", ""),
        ("file:///a%00b", ""),
        ("", ""),
    ],
)
def test_only_file_uris_have_a_path(uri: str, path: str) -> None:
    assert DocumentStore(ManualClock()).open(uri, "", 0, "").path == path
