"""Taking changes back (T12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.execution.checkpoints import Checkpoints, Restored, Touched, changes_in
from pylot.journal.events import AnyEvent, EffectFinished, EffectIntended, Recorded
from pylot.text.file_encoding import content_hash
from pylot.workspace.roots import Roots


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "contents")


def change(checkpoints: Checkpoints, path: Path, after: bytes | None) -> Touched:
    """Change a file as the desk does."""
    before = path.read_bytes() if path.exists() else None
    kept = before is None or checkpoints.keep(before)
    if after is None:
        path.unlink()
    else:
        path.write_bytes(after)
    hashes = [content_hash(data) if data is not None else None for data in (before, after)]
    return Touched(path=str(path), before=hashes[0], after=hashes[1], kept=kept)


def test_changes_are_taken_back_in_turn(checkpoints: Checkpoints, root: Path) -> None:
    (root / "a").write_bytes(b"one")
    (root / "b").write_bytes(b"kept")
    changes = [
        change(checkpoints, root / "a", b"two"),
        change(checkpoints, root / "new", b"x"),
        change(checkpoints, root / "a", b"three"),
        change(checkpoints, root / "b", None),
    ]

    assert checkpoints.restore(changes[2:], Roots([root])).files == (str(root / "b"), str(root / "a"))
    assert (root / "a").read_bytes() == b"two"
    assert checkpoints.restore(changes[:2], Roots([root])).skipped == ()
    assert {it.name: it.read_bytes() for it in root.iterdir()} == {"a": b"one", "b": b"kept"}


def test_what_somebody_else_has_changed_is_left_alone(checkpoints: Checkpoints, root: Path) -> None:
    (root / "a").write_bytes(b"one")
    changes = [change(checkpoints, root / "a", b"two"), change(checkpoints, root / "a", b"three")]
    (root / "a").write_bytes(b"theirs")

    restored = checkpoints.restore(changes, Roots([root]))

    assert restored == Restored((), ((str(root / "a"), "it has changed since"),))
    assert (root / "a").read_bytes() == b"theirs"


def test_a_path_that_leads_elsewhere_now_is_left_alone(checkpoints: Checkpoints, root: Path, tmp_path: Path) -> None:
    (root / "a").write_bytes(b"one")
    changes = [change(checkpoints, root / "a", b"two")]
    (tmp_path / "other").write_bytes(b"two")
    (root / "a").unlink()
    (root / "a").symlink_to(tmp_path / "other")

    assert checkpoints.restore(changes, Roots([root])).files == ()
    assert (tmp_path / "other").read_bytes() == b"two"


def test_a_repository_is_never_touched(checkpoints: Checkpoints, root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "config").write_bytes(b"one")
    changes = [change(checkpoints, root / ".git" / "config", b"two")]

    assert checkpoints.restore(changes, Roots([root])).files == ()
    assert (root / ".git" / "config").read_bytes() == b"two"


def test_a_content_that_was_lost_or_is_too_large_is_said(tmp_path: Path, root: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "contents", most_bytes=100)
    (root / "a").write_bytes(bytes(range(256)))
    (root / "b").write_bytes(b"small")
    changes = [change(checkpoints, root / "a", b"x"), change(checkpoints, root / "b", b"y")]
    # As a command's change of a file that nobody had read before it.
    (root / "c").write_bytes(b"z")
    changes.append(Touched(path=str(root / "c"), before=None, after=content_hash(b"z"), kept=False))
    for path in (tmp_path / "contents").iterdir():
        path.write_bytes(b"damaged")

    restored = checkpoints.restore(changes, Roots([root]))

    assert [changed.kept for changed in changes] == [False, True, False]
    assert {reason for _, reason in restored.skipped} == {"its content was not kept"}
    assert sorted(it.name for it in root.iterdir()) == ["a", "b", "c"]


def test_events_tell_what_was_changed() -> None:
    """A failed effect changed nothing; one without a result may have."""
    files = [Touched(path=f"/{number}", before=None, after="x") for number in range(4)]
    events: list[AnyEvent] = [
        EffectIntended(effect_id="0", tool="t", details={"files": [files[0].model_dump()]}),
        EffectFinished(effect_id="0", ok=True, details={"files": [files[0].model_dump()]}),
        EffectIntended(effect_id="1", tool="t", details={"files": [files[1].model_dump()]}),
        EffectFinished(effect_id="1", ok=False),
        EffectIntended(effect_id="2", tool="t", details={"files": [files[2].model_dump()]}),
        EffectFinished(effect_id="2", ok=False, unknown=True),
        EffectIntended(effect_id="3", tool="t", details={"files": [files[3].model_dump(), {"odd": 1}]}),
    ]
    recorded = [Recorded(number, "task", number, 0.0, event) for number, event in enumerate(events, 1)]

    assert [found.path for found in changes_in(recorded)] == ["/0", "/2", "/3"]
    assert [found.path for found in changes_in(recorded, since=5)] == ["/2", "/3"]
