"""Patterns of file names come to what they come to in bash, and each file is judged (T4, T7)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pylot.policy.actions import RunCommand
from pylot.policy.command_line import CommandLine, Opaque
from pylot.policy.decide import decide
from pylot.policy.patterns import MOST_FILES, command_in, decided_command
from tests.support.policy_workspace import Ground

FILES = (
    "a.py",
    "b.py",
    "B.py",
    "a b.py",
    "é.py",
    ".hidden.py",
    "sub/a.py",
    "sub/deep/a.py",
    "other/a.py",
    "other/b.md",
)
PATTERNS = (
    "*", "*.py", "?.py", "a*", "*.none", "*/a.py", "*/*", "*/*/*.py", "sub/*", "s*b/?.py", "./*.py", "*b*",
    "other/*.m?",
    "--include=*.py", "*/none", "sub/a.py*", "a.py/*", "x=*.py", "*.py,*.md",
)  # fmt: skip


@pytest.fixture
def folder(ground: Ground) -> Path:
    made = ground.root / "patterns"
    for name in FILES:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("", encoding="utf-8")
    return made


def run(ground: Ground, line: str, cwd: str = "patterns") -> CommandLine | Opaque:
    return command_in(RunCommand(line=line, cwd=cwd), ground.situation())


@pytest.mark.skipif(shutil.which("bash") is None, reason="There is no bash to compare with.")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_stands_for_what_it_stands_for_in_bash(ground: Ground, folder: Path, pattern: str) -> None:
    command = run(ground, f"echo {pattern} 'x*'")
    script = f"printf '%s\\n' {pattern} 'x*'"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script], cwd=folder, env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert isinstance(command, CommandLine)
    assert list(command.programs[0][1:]) == done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("rm *.py", "a pattern of file names"),
        ("ls ../*", "a pattern of file names"),
        ("ls .h*", "a pattern of file names"),
        ("ls **", "a pattern of file names"),
        ("ls /*", "a pattern of file names"),
        ("ls ../link_out/*", "a pattern of file names"),
        ("l? x", "a pattern of file names"),
        ("ls 'a'*", "a pattern of file names"),
    ],
)
def test_what_is_left_to_a_shell(ground: Ground, folder: Path, line: str, what: str) -> None:
    assert run(ground, line) == Opaque(line=line, what=what)


def test_a_folder_outside_is_not_looked_into(ground: Ground) -> None:
    """`echo` shows names of files, and reads none of them."""
    assert run(ground, "echo link_out/*", ".") == Opaque(
        line="echo link_out/*", what="a pattern of file names outside the workspace"
    )


def test_there_are_limits(ground: Ground, folder: Path) -> None:
    for number in range(MOST_FILES + 1):
        (folder / "sub" / f"{number}.txt").write_text("", encoding="utf-8")

    assert isinstance(run(ground, "cat sub/1*.txt"), CommandLine)
    for line in ("cat sub/*.txt", "cat sub/*"):
        found = run(ground, line)
        assert isinstance(found, Opaque)
        assert "more than 500" in found.what


@pytest.mark.parametrize(
    ("names", "line", "verdict"),
    [
        (["a.txt"], "sort *", "allow"),
        (["-o", "a.txt"], "sort *", "ask"),
        (["--output=b.txt", "a.txt"], "sort *", "ask"),
        (["--compress-program=sh", "a.txt"], "sort -- *", "allow"),
        (["-delete"], "find * -name x", "ask"),
        (["a\x1b[2J.txt"], "cat *", "ask"),
        (["key.pem", "a.txt"], "cat *", "ask"),
        (["key.pem", "a.txt"], "ls *", "allow"),
        (["a.txt"], "cat *.txt | head -3 2>&1", "allow"),
        (["a.txt"], "cat *.txt | sh", "ask"),
    ],
)
def test_what_a_pattern_stands_for_is_judged_like_what_is_named(
    ground: Ground, names: list[str], line: str, verdict: str
) -> None:
    """A file's name can be a flag, a secret or a trick."""
    (ground.root / "odd").mkdir()
    for name in names:
        (ground.root / "odd" / name).write_text("", encoding="utf-8")

    assert decide(RunCommand(line=line, cwd="odd"), ground.situation()).verdict == verdict


def test_what_was_decided_about_is_what_runs(ground: Ground, folder: Path) -> None:
    """T2: whatever files come after the decision, and they make it another action."""
    action = RunCommand(line="cd patterns && cat *.py 2>/dev/null && wc -l sub/*.py | head -1")
    decision = decide(action, ground.situation())
    (folder / "z.py").write_text("", encoding="utf-8")

    command = decided_command(action, decision.normalised)

    assert decision.verdict == "allow"
    assert isinstance(command, CommandLine)
    assert [argv[-1] for argv in command.programs] == ["é.py", "sub/a.py", "-1"]
    assert [each.redirections for each in command.pipelines] == [(("2>/dev/null",),), ()]
    assert {each.cwd for each in command.pipelines} == {str(folder)}
    assert decide(action, ground.situation()).action_hash != decision.action_hash
