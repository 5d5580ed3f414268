"""Reading and changing files exactly, and nothing else (C1, C2, T6, T11)."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from pylot.execution import beneath
from pylot.execution.beneath import find_target, open_target, read_target
from pylot.execution.files import EditedDocuments, Files
from pylot.kernel.errors import ActionRefusedError, ExecutionError
from pylot.text.file_encoding import content_hash
from pylot.workspace.roots import Roots
from tests.support.open_documents import OpenDocuments

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of Unix")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def files(root: Path) -> Files:
    return Files(Roots([root]))


ENCODED = {
    "plain": (b"a = 1\nb = 2\n", "a = 1\nb = 3\n", b"a = 1\nb = 3\n"),
    "line endings": (b"a = 1\r\nb = 2\r\n", "a = 1\r\nb = 3\r\n", b"a = 1\r\nb = 3\r\n"),
    "byte order mark": (b"\xef\xbb\xbfa = 1\n", "a = 2\n", b"\xef\xbb\xbfa = 2\n"),
    "UTF-16": ("\ufeffa = 1\n".encode("utf-16-le"), "a = 2\n", "\ufeffa = 2\n".encode("utf-16-le")),
    "Latin-1": (b"# caf\xe9\n", "# café!\n", b"# caf\xe9!\n"),
    "no new line at the end": (b"a = 1", "a = 2", b"a = 2"),
}


@pytest.mark.parametrize("name", ENCODED)
async def test_a_file_keeps_its_encoding(files: Files, root: Path, name: str) -> None:
    before, text, after = ENCODED[name]
    (root / "a.txt").write_bytes(before)
    content = await files.read("a.txt")
    assert content is not None

    change = await files.write("a.txt", content.content_hash, text)

    assert (root / "a.txt").read_bytes() == after
    assert (change.before, change.after, change.through) == (before, after, "disk")


async def test_what_the_encoding_cannot_hold_is_refused(files: Files, root: Path) -> None:
    (root / "a.txt").write_bytes(b"caf\xe9\n")

    with pytest.raises(ActionRefusedError):
        await files.write("a.txt", content_hash(b"caf\xe9\n"), "日本\n")
    assert (root / "a.txt").read_bytes() == b"caf\xe9\n"


@posix_only
async def test_a_file_keeps_its_mode_and_a_new_one_gets_its_folders(files: Files, root: Path) -> None:
    (root / "run").write_text("x\n", encoding="utf-8")
    (root / "run").chmod(0o755)

    await files.write("run", content_hash(b"x\n"), "y\n")
    made = await files.write("new/deep/file.txt", None, "z\n")

    assert (root / "run").stat().st_mode & 0o777 == 0o755
    assert (root / "new" / "deep" / "file.txt").read_text(encoding="utf-8") == "z\n"
    assert made.before is None
    assert sorted(it.name for it in root.iterdir()) == ["new", "run"]


async def test_a_file_that_has_changed_is_left_alone(files: Files, root: Path) -> None:
    (root / "a.txt").write_text("theirs\n", encoding="utf-8")

    for before_hash in (content_hash(b"mine\n"), None):
        with pytest.raises(ActionRefusedError, match="has changed"):
            await files.write("a.txt", before_hash, "x\n")
    with pytest.raises(ActionRefusedError, match="has changed"):
        await files.write("gone.txt", content_hash(b"x"), "x\n")
    assert (root / "a.txt").read_text(encoding="utf-8") == "theirs\n"


async def test_a_change_that_breaks_the_syntax_is_refused(files: Files, root: Path) -> None:
    (root / "good.py").write_text("a = 1\n", encoding="utf-8")
    (root / "bad.py").write_text("a = (\n", encoding="utf-8")

    with pytest.raises(ActionRefusedError, match=r"good\.py would no longer parse: see line 2"):
        await files.write("good.py", content_hash(b"a = 1\n"), "a = 1\ndef f(:\n")
    with pytest.raises(ActionRefusedError, match="no longer parse"):
        await files.write("new.py", None, "def f(:\n")
    await files.write("bad.py", content_hash(b"a = (\n"), "a = ((\n")
    assert (root / "good.py").read_text(encoding="utf-8") == "a = 1\n"
    assert not (root / "new.py").exists()


async def test_an_open_document_is_read_and_changed_in_the_editor(root: Path) -> None:
    (root / "a.py").write_text("saved = 1\n", encoding="utf-8")
    editor = OpenDocuments(root / "a.py")
    editor.type(root / "a.py", "typed = 1\n")
    files = Files(Roots([root]), editor)
    content = await files.read("a.py")
    assert content is not None

    change = await files.write("a.py", content.content_hash, "typed = 2\n")

    assert (content.text, content.source) == ("typed = 1\n", "editor")
    assert (editor.text(root / "a.py"), change.through) == ("typed = 2\n", "editor")
    assert [(target.shown(), content) for target, content in await files.unsaved()] == [("a.py", b"typed = 2\n")]
    assert (root / "a.py").read_text(encoding="utf-8") == "saved = 1\n"


# What the user had typed before an agent's edits, what the agent made of it step by step, what was typed after that,
# and whether the editor is asked to save it.
SAVES: dict[str, tuple[str | None, tuple[str, ...], str | None, bool]] = {
    "an edit": (None, ("a = 2\n",), None, True),
    "several": (None, ("a = 2\n", "a = 3\n"), None, True),
    "text of the user's before": ("a = 9\n", ("a = 2\n",), None, False),
    "and edits after that": ("a = 9\n", ("a = 2\n", "a = 3\n"), None, False),
    "text of the user's after": (None, ("a = 2\n",), "a = 9\n", False),
    "text of the user's between": (None, ("a = 2\n",), "a = 2\n\n", False),
    "an edit that was undone": (None, ("a = 2\n",), "a = 1\n", False),
}


@pytest.mark.parametrize("name", SAVES)
async def test_only_what_agents_alone_have_changed_is_saved(root: Path, name: str) -> None:
    """C2: no text that the user is still at work on goes to the disk by itself."""
    before, edits, after, is_saved = SAVES[name]
    (root / "a.py").write_text("a = 1\n", encoding="utf-8")
    editor = OpenDocuments(root / "a.py", saves=True)
    files = Files(Roots([root]), editor)
    if before is not None:
        editor.type(root / "a.py", before)
    for text in edits:
        now = await files.read("a.py")
        assert now is not None
        await files.write("a.py", now.content_hash, text)
    if after is not None:
        editor.type(root / "a.py", after)
    await files.save()

    assert editor.asked_to_save == ["a.py"] * is_saved
    assert (root / "a.py").read_text(encoding="utf-8") == (edits[-1] if is_saved else "a = 1\n")
    assert [target.shown() for target, _ in await files.unsaved()] == (
        [] if is_saved or editor.text(root / "a.py") == "a = 1\n" else ["a.py"]
    )


async def test_what_another_agent_of_the_window_has_changed_is_saved_too(root: Path) -> None:
    """C8: a part of a task edits, the whole runs the tests."""
    for name in ("a.py", "b.py"):
        (root / name).write_text("a = 1\n", encoding="utf-8")
    editor = OpenDocuments(root / "a.py", root / "b.py", saves=True)
    editor.type(root / "b.py", "a = 3\n")
    shared: EditedDocuments = {}
    part, whole = (Files(Roots([root]), editor, shared) for _ in range(2))
    await part.write("a.py", content_hash(b"a = 1\n"), "a = 2\n")
    await whole.save()

    assert editor.asked_to_save == ["a.py"]
    assert [target.shown() for target in await whole.unsaved_by_user()] == ["b.py"]


async def test_an_editor_that_refuses_keeps_its_document(root: Path) -> None:
    (root / "a.py").write_text("saved = 1\n", encoding="utf-8")
    editor = OpenDocuments(root / "a.py", accepts=False)
    editor.type(root / "a.py", "typed = 1\n")
    files = Files(Roots([root]), editor)

    with pytest.raises(ExecutionError, match="did not take"):
        await files.write("a.py", content_hash(b"typed = 1\n"), "typed = 2\n")
    assert (root / "a.py").read_text(encoding="utf-8") == "saved = 1\n"


@posix_only
@pytest.mark.parametrize("by_parts", [False, True])
def test_a_link_that_comes_between_look_and_touch_leads_nowhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_parts: bool
) -> None:
    """T6: the path was looked at while it was a folder, and is a link by now."""
    if by_parts:
        monkeypatch.setattr(beneath, "_openat2", _not_there)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("secret", encoding="utf-8")
    (root / "folder").mkdir()
    (root / "folder" / "file").write_text("fine", encoding="utf-8")
    target = find_target("folder/file", Roots([root]), root)
    assert read_target(target, 100) == b"fine"

    (root / "folder").rename(root / "moved")
    (root / "folder").symlink_to(tmp_path / "outside")

    with pytest.raises(OSError):
        read_target(target, 100)
    with pytest.raises(OSError):
        open_target(target, os.O_WRONLY)


def _not_there(*arguments: object) -> int:
    raise OSError(38, "not there")


@posix_only
async def test_what_is_no_regular_file_is_not_opened(files: Files, root: Path) -> None:
    os.mkfifo(root / "fifo")
    (root / "folder").mkdir()
    (root / "binary").write_bytes(b"\x7fELF\0\0")

    for name in ("fifo", "folder", "binary", "a\0b", "/dev/zero"):
        with pytest.raises(ExecutionError):
            await files.read(name)


@posix_only
async def test_links_inside_the_workspace_are_followed_to_their_file(files: Files, root: Path) -> None:
    (root / "real.txt").write_text("x\n", encoding="utf-8")
    (root / "link.txt").symlink_to("real.txt")

    await files.write("link.txt", content_hash(b"x\n"), "y\n")

    assert (root / "real.txt").read_text(encoding="utf-8") == "y\n"
    assert (root / "link.txt").is_symlink()


async def test_a_file_is_deleted_and_a_missing_one_is_said(files: Files, root: Path) -> None:
    (root / "a.txt").write_text("x\n", encoding="utf-8")

    with pytest.raises(ActionRefusedError, match="has changed since"):
        await files.delete("a.txt", content_hash(b"w\n"))
    change = await files.delete("a.txt", content_hash(b"x\n"))

    assert (change.before, change.after) == (b"x\n", None)
    assert not (root / "a.txt").exists()
    with pytest.raises(ExecutionError, match="There is no file"):
        await files.delete("a.txt", None)
    assert await files.read("a.txt") is None


@posix_only
@pytest.mark.parametrize("by_parts", [False, True])
def test_a_folder_that_becomes_a_link_all_the_time_never_leads_outside(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_parts: bool
) -> None:
    """T6: whoever swaps wins no race, because there is none."""
    if by_parts:
        monkeypatch.setattr(beneath, "_openat2", _not_there)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("secret", encoding="utf-8")
    (root / "folder").mkdir()
    (root / "folder" / "file").write_text("fine", encoding="utf-8")
    (root / "link").symlink_to(tmp_path / "outside")
    target = find_target("folder/file", Roots([root]), root)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            for old, new in (("folder", "away"), ("link", "folder"), ("folder", "link"), ("away", "folder")):
                (root / old).rename(root / new)

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = set()
    try:
        for _ in range(2000):
            try:
                seen.add(read_target(target, 100))
            except OSError:
                continue
    finally:
        over.set()
        swapping.join()

    assert seen <= {b"fine"}


@posix_only
async def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    files: Files, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text("old\n", encoding="utf-8")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExecutionError, match=r"a\.txt cannot be changed: no space left on device\."):
        await files.write("a.txt", content_hash(b"old\n"), "new\n")

    assert [it.name for it in root.iterdir()] == ["a.txt"]
    assert (root / "a.txt").read_text(encoding="utf-8") == "old\n"
