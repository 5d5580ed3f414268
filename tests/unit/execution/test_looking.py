"""Listing and searching, as far as the one gate lets it be seen (C3, C4)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pylot.execution.beneath import find_target
from pylot.execution.listing import MOST_ENTRIES, list_folder
from pylot.execution.searching import MOST_HITS, search_text
from pylot.kernel.errors import ExecutionError
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    files = {
        "a.py": "def Find_me():\n    pass\n",
        "src/b.py": "find_me = 1\nother = 2\n",
        "ignored/c.py": "find_me\n",
        ".env": "find_me=hunter2\n",
        ".gitignore": "ignored/\n",
        ".git/config": "find_me\n",
        "key.py": f"find_me = 'AKIA{'ABCDEFGHIJKLMNOP'}'\n",
        "data.bin": "find_me\0",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def gate(root: Path) -> ExclusionGate:
    return ExclusionGate(Roots([root]), WorkspaceSettings())


def listed(root: Path, path: str) -> str:
    return list_folder(find_target(path, Roots([root]), root), gate(root)).text


async def found(root: Path, query: str, *, is_regex: bool = False, path: str | None = None) -> str:
    near = root / path if path else None
    return await search_text(query, is_regex=is_regex, roots=Roots([root]), gate=gate(root), near=near)


def test_a_listing_shows_what_may_be_seen(root: Path) -> None:
    lines = listed(root, ".").splitlines()

    assert lines == ["src/", ".gitignore", "a.py", "data.bin", "key.py", "[3 not shown: ignored or secret]"]
    assert listed(root, "src") == "b.py"


@pytest.mark.parametrize(("path", "says"), [("a.py", "is a file"), ("missing", "no folder missing")])
def test_what_is_no_folder_is_said(root: Path, path: str, says: str) -> None:
    with pytest.raises(ExecutionError, match=says):
        listed(root, path)


@pytest.mark.skipif(sys.platform == "win32", reason="a link of Unix")
def test_a_long_folder_is_cut_and_a_link_is_no_folder(root: Path, tmp_path: Path) -> None:
    (root / "many").mkdir()
    (root / "src" / "x\n[3 not shown]\u202e").touch()
    for number in range(MOST_ENTRIES + 5):
        (root / "many" / f"{number:05}").touch()
    (root / "src" / "link").symlink_to(tmp_path)

    assert listed(root, "many").endswith("01000\n[5 more]".replace("01000", f"{MOST_ENTRIES - 1:05}"))
    assert listed(root, "src") == "b.py\nlink\nx⟨U+000A⟩[3 not shown]⟨U+202E⟩"


SEARCHES = [
    ("find_me", False, None, "a.py:1: def Find_me():\nsrc/b.py:1: find_me = 1"),
    ("Find_me", False, None, "a.py:1: def Find_me():"),
    (r"^\w+ = \d", True, None, "src/b.py:1: find_me = 1\nsrc/b.py:2: other = 2"),
    ("find_me", False, "src", "src/b.py:1: find_me = 1"),
    ("find_me", False, "a.py", "a.py:1: def Find_me():"),
    ("hunter2", False, None, "Nothing found."),
    ("(", False, None, "a.py:1: def Find_me():"),
]


@pytest.mark.parametrize(("query", "is_regex", "path", "text"), SEARCHES)
async def test_a_search_finds_what_may_be_seen(
    root: Path, query: str, is_regex: bool, path: str | None, text: str
) -> None:
    assert await found(root, query, is_regex=is_regex, path=path) == text


async def test_an_expression_that_is_none_is_said(root: Path) -> None:
    with pytest.raises(ExecutionError, match="no regular expression"):
        await found(root, "(", is_regex=True)


async def test_an_expression_that_never_ends_is_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "evil.txt").write_text("a" * 60 + "!\n", encoding="utf-8")
    monkeypatch.setattr("pylot.execution.searching._SECONDS", 1.0)

    with pytest.raises(ExecutionError, match="too long"):
        await found(root, "(a+)+$", is_regex=True)


async def test_many_hits_are_cut(root: Path) -> None:
    (root / "many.txt").write_text("needle\n" * 1000, encoding="utf-8")
    lines = (await found(root, "needle")).splitlines()

    assert len(lines) == MOST_HITS + 1
    assert lines[-1] == f"[the first {MOST_HITS}; there may be more]"
