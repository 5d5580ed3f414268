"""`pylot commit-message` describes what is staged, and neither runs nor shows what it should not (K4)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.chat_server import ChatServer
from tests.support.editor import LEAVE_AT_ONCE, Home


@pytest.fixture
def home(own_home: Path) -> Home:
    return Home(own_home / "home")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = (tmp_path / "repository").resolve()
    root.mkdir()
    git(root, "init", "-q")
    return root


def git(root: Path, *arguments: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    subprocess.run(["git", *arguments], cwd=root, check=True, env={**os.environ, **identity})


def ask(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pylot", "commit-message", "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_message_is_of_what_is_staged_and_may_be_seen(home: Home, repository: Path) -> None:
    (repository / "a.py").write_text("a = 1\n")
    (repository / ".env").write_text("KEY=1\n")
    (repository / "b.py").write_text("password = 'sk-proj-abcdefghijklmnopqrstuvwx'\n")
    git(repository, "add", "-f", ".")
    (repository / "a.py").write_text("a = 2\n")
    with ChatServer(["Here is the commit message:\n\n```\nAdd a and b.\n\nThey were missing.\n```"]) as server:
        home.configure(f"{LEAVE_AT_ONCE}{server.toml}")
        done = ask(repository)

    asked = server.asked[0][-1]["content"]
    assert done.stdout == "Add a and b\n\nThey were missing.\n"
    assert done.stderr == "pylot: One staged file is excluded, so the message does not speak of them.\n"
    assert "+a = 1" in asked
    assert "a = 2" not in asked
    assert "KEY" not in asked
    assert "sk-proj" not in asked


def test_a_repository_gets_to_run_nothing(home: Home, repository: Path, tmp_path: Path) -> None:
    trap, program = tmp_path / "sprung", tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\necho x >> {trap}\ncat\n")
    program.chmod(0o755)
    (repository / "a.py").write_text("a = 1\n")
    (repository / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
    git(repository, "add", ".")
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "core.pager",
                "filter.evil.clean", "filter.evil.smudge", "core.hooksPath"):  # fmt: skip
        git(repository, "config", key, str(program))
    trap.unlink(missing_ok=True)
    with ChatServer(["Add a"]) as server:
        home.configure(f"{LEAVE_AT_ONCE}{server.toml}")
        done = ask(repository)

    assert done.stdout == "Add a\n"
    assert not trap.exists()


def test_nothing_staged_is_one_sentence(home: Home, repository: Path) -> None:
    with ChatServer([]) as server:
        home.configure(f"{LEAVE_AT_ONCE}{server.toml}")
        done = ask(repository)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "pylot: Nothing is staged: `git add` what the commit is to hold.\n"
