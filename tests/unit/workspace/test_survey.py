"""A survey finds what the gate lets through, names what it passes over, and survives every kind of entry (T14)."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pylot.workspace.exclusion import Exclusion, ExclusionGate, Purpose
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings
from pylot.workspace.survey import FoundFile, PassedOver, Unread, survey
from pylot.workspace.walk import walk


def make_socket(path: Path) -> None:
    # The whole path of a socket has little room.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def make_unreadable(path: Path) -> None:
    path.mkdir()
    (path / "hidden.py").touch()
    path.chmod(0)


Make = Callable[[Path], object]
ODD: dict[str, tuple[Make, str]] = {
    "loop": (lambda path: path.symlink_to(path.parent), Unread.SYMBOLIC_LINK.value),
    "itself": (lambda path: path.symlink_to(path), Unread.SYMBOLIC_LINK.value),
    "escape": (lambda path: path.symlink_to("/"), Unread.SYMBOLIC_LINK.value),
    "escape.py": (lambda path: path.symlink_to("/etc/hostname"), Unread.SYMBOLIC_LINK.value),
    "dangling.py": (lambda path: path.symlink_to("nowhere"), Unread.SYMBOLIC_LINK.value),
    "pipe.py": (os.mkfifo, Unread.SPECIAL_FILE.value),
    "socket.py": (make_socket, Unread.SPECIAL_FILE.value),
    "secret.pem": (lambda path: path.touch(), Exclusion.SECRET_FILE.value),
    "skipped.tmp": (lambda path: path.touch(), Exclusion.GITIGNORED.value),
    "set.out": (lambda path: path.touch(), Exclusion.EXCLUDED_BY_SETTING.value),
}


def gate_of(root: Path) -> ExclusionGate:
    return ExclusionGate(Roots([root]), WorkspaceSettings(exclude=("*.out", "made/")))


def seen(root: Path) -> dict[str, str]:
    found = [each for each in survey(root, gate_of(root)) if isinstance(each, FoundFile | PassedOver)]
    return {
        each.path.relative_to(root).as_posix(): each.reason.value if isinstance(each, PassedOver) else "found"
        for each in found
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such entries")
def test_odd_entries_are_passed_over_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.tmp\n")
    (tmp_path / "line\nend.py").touch()
    for name, (make, _) in ODD.items():
        make(tmp_path / name)

    expected = {name: reason for name, (_, reason) in ODD.items()}
    assert seen(tmp_path) == expected | {".gitignore": "found", "line\nend.py": "found"}


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="the superuser may read everything")
def test_a_folder_that_may_not_be_read_costs_nothing_else(tmp_path: Path) -> None:
    make_unreadable(tmp_path / "a")
    (tmp_path / "b.py").touch()

    assert seen(tmp_path) == {"b.py": "found", "a": Unread.UNREADABLE.value}


def test_a_root_that_is_gone_is_an_error_and_not_an_empty_workspace(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        list(survey(tmp_path / "gone", gate_of(tmp_path)))


def test_a_survey_decides_as_the_gate_does_file_by_file(tmp_path: Path) -> None:
    """Rules of folders above and below, negation, nested repositories, settings."""
    files = {
        ".gitignore": "*.log\n/build/\n!keep.log\nsub/deep/*.txt\n", ".pylotignore": "private/\n*.csv\n!/open.csv\n",
        "a.py": "", "a.log": "", "keep.log": "", "build/x.py": "", "lib/build/x.py": "", "private/x.py": "",
        "sub/.gitignore": "!again.log\n*.py\n", "sub/again.log": "", "sub/x.py": "", "sub/deep/x.txt": "",
        "sub/deep/y.md": "", "x.csv": "", "open.csv": "", "made/x.py": "", "lib/made/x.py": "", "lib/a.out": "",
        "nested/.git/HEAD": "", "nested/a.log": "", "nested/x.py": "", ".git/info/exclude": "*.md\n", "c.md": "",
        "lib/.ssh/config": "", "lib/.env": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    gate = gate_of(tmp_path)
    walked = walk(Roots([tmp_path]), gate, tmp_path)
    allowed = [path for path in walked if gate.decide(str(path), None, purpose=Purpose.DISK) is None]

    assert {name for name, what in seen(tmp_path).items() if what == "found"} == {
        path.relative_to(tmp_path).as_posix() for path in allowed
    }
