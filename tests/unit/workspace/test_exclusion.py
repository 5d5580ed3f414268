from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylot.kernel.clock import ManualClock
from pylot.workspace.exclusion import Exclusion, ExclusionGate, Purpose
from pylot.workspace.path_guard import is_inside, read_regular
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

SECRET = "password = 'hunter2!Xy9'"


def gate(root: Path, clock: ManualClock | None = None) -> ExclusionGate:
    settings = WorkspaceSettings(exclude=("*.min.js", "/gen/"), max_file_bytes=1024)
    return ExclusionGate(Roots([root]), settings, clock or ManualClock())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo" / "app"
    (root / "sub").mkdir(parents=True)
    top = root.parent
    (top / ".git" / "info").mkdir(parents=True)
    (top / ".git" / "info" / "exclude").write_text("notes.*\n")
    (top / ".gitignore").write_text("*.log\nbuild/\n/app/top.py\r\n!keep.log\n[\n")
    (root / "sub" / ".gitignore").write_text("*.tmp\n!build/\n!a.log\n")
    (root / ".pylotignore").write_text("private/\n")
    return root


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", None),
        ("a.log", Exclusion.GITIGNORED),
        ("keep.log", None),
        ("sub/a.log", None),
        ("sub/b.tmp", Exclusion.GITIGNORED),
        ("b.tmp", None),
        ("build/keep.log", Exclusion.GITIGNORED),
        ("top.py", Exclusion.GITIGNORED),
        ("sub/top.py", None),
        ("notes.md", Exclusion.GITIGNORED),
        ("../.git/config", Exclusion.GITIGNORED),
        ("sub/private/a.py", Exclusion.PYLOTIGNORED),
        ("a.min.js", Exclusion.EXCLUDED_BY_SETTING),
        ("gen/a.py", Exclusion.EXCLUDED_BY_SETTING),
        ("sub/gen/a.py", None),
        (".env", Exclusion.SECRET_FILE),
        (".env.example", None),
    ],
)
def test_paths(repository: Path, path: str, expected: Exclusion | None) -> None:
    assert gate(repository).decide(str(repository / path), "x = 1") is expected


@pytest.mark.parametrize(
    ("text", "purpose", "expected"),
    [
        ("x" * 1025, Purpose.CURRENT, Exclusion.TOO_LARGE),
        ("é" * 600, Purpose.CURRENT, Exclusion.TOO_LARGE),
        ("é" * 500, Purpose.CURRENT, None),
        ("\ud800\0", Purpose.CURRENT, Exclusion.BINARY),
        (SECRET, Purpose.CURRENT, None),
        (SECRET, Purpose.CONTEXT, Exclusion.SECRET_CONTENT),
    ],
)
def test_texts(tmp_path: Path, text: str, purpose: Purpose, expected: Exclusion | None) -> None:
    """An untitled document has no path."""
    assert gate(tmp_path).decide(None, text, purpose=purpose) is expected


def test_a_document_outside_the_workspace_may_be_typed_in_but_not_read_from_disk(
    repository: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "other" / "a.py"
    outside.parent.mkdir()
    outside.write_text("x")
    (repository / "link.py").symlink_to(outside)
    (repository / "harmless.txt").symlink_to(repository / ".env")

    assert gate(repository).decide(str(outside), "x") is None
    assert gate(repository).decide(str(outside), None, purpose=Purpose.DISK) is Exclusion.OUTSIDE_WORKSPACE
    assert (
        gate(repository).decide(str(repository / "link.py"), None, purpose=Purpose.DISK) is Exclusion.OUTSIDE_WORKSPACE
    )
    assert gate(repository).decide(str(repository / "harmless.txt"), "x") is Exclusion.SECRET_FILE


def test_a_changed_ignore_file_is_noticed_within_a_second(repository: Path) -> None:
    clock = ManualClock()
    guard = gate(repository, clock)
    path = str(repository / "a.py")

    first = guard.decide(path, "x")
    (repository / ".gitignore").write_text("a.py\n")
    kept = guard.decide(path, "x")
    clock.advance(1)
    noticed = guard.decide(path, "x")
    (repository / ".gitignore").unlink()
    clock.advance(1)

    assert (first, kept, noticed) == (None, None, Exclusion.GITIGNORED)
    assert guard.decide(path, "x") is None


def test_one_version_of_a_text_is_looked_at_once(tmp_path: Path) -> None:
    guard = gate(tmp_path)

    first = guard.decide(None, SECRET, purpose=Purpose.CONTEXT, version=("a", 1))

    assert first is Exclusion.SECRET_CONTENT
    assert guard.decide(None, "", purpose=Purpose.CONTEXT, version=("a", 1)) is first
    assert guard.decide(None, "", purpose=Purpose.CONTEXT, version=("a", 2)) is None


def test_every_exclusion_has_a_sentence() -> None:
    assert all(exclusion.sentence.endswith(".") for exclusion in Exclusion)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """T14: a FIFO or a device is never waited for; a loop of links is no file."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_bytes(b"12345")

    assert read_regular(tmp_path / "fifo", 10) is None
    assert read_regular(tmp_path / "loop", 10) is None
    assert read_regular(tmp_path, 10) is None
    assert read_regular(tmp_path / "file", 3) == b"1234"
    assert not is_inside(tmp_path / "a\0b", Roots([tmp_path]))
    assert is_inside(tmp_path / "file", Roots([tmp_path]))
