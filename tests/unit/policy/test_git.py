from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pylot.policy.actions import ReadGit, RunCommand
from pylot.policy.decide import decide
from pylot.policy.git import GIT_ENVIRONMENT, as_read_git, git_argv, odd_settings, understood_git
from tests.support.policy_workspace import Ground

ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **GIT_ENVIRONMENT}


def git(folder: Path, *args: str) -> None:
    environment = {**ENVIRONMENT, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_ALLOW_PROTOCOL": "file"}
    environment |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, env=environment)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A real repository whose every means of running something is set to leave a file behind."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "First")
    (folder / "a.txt").write_text("two\n")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external", "diff.x.textconv",
        "diff.x.command", "gpg.program", "pager.log", "pager.status", "pager.diff", "alias.status", "alias.log",
        "credential.helper", "interactive.diffFilter",
    ):  # fmt: skip
        git(folder, "config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    git(folder, "config", "core.hooksPath", str(trap.parent))
    (folder / ".gitattributes").write_text("* diff=x\n")
    for hook in ("post-index-change", "pre-commit", "reference-transaction"):
        (trap.parent / hook).write_text(trap.read_text())
        (trap.parent / hook).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    "args",
    [
        ("status",), ("status", "--porcelain"), ("diff",), ("diff", "--stat"), ("log", "-p", "-3"),
        ("log", "--oneline"),
        ("show", "HEAD"), ("show", "HEAD:a.txt"), ("blame", "a.txt"), ("grep", "two"), ("branch", "-a"), ("tag", "-l"),
        ("remote", "-v"), ("rev-parse", "--show-toplevel"), ("rev-list", "--count", "HEAD"), ("ls-files",),
        ("ls-tree", "HEAD"), ("shortlog", "-s", "HEAD"), ("describe", "--always"), ("reflog",), ("stash", "list"),
        ("worktree", "list"), ("count-objects", "-v"), ("merge-base", "HEAD", "HEAD"),
    ],
)  # fmt: skip
def test_the_hardened_call_answers_and_runs_nothing_of_the_repository(repository: Path, args: tuple[str, ...]) -> None:
    """T4: even where the configuration, which `decide` would ask about, sets every trap at once."""
    assert understood_git(args) is None
    done = subprocess.run(
        git_argv("git", args), cwd=repository, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert not (repository.parent / "sprung").exists()


def a_common_folder(repository: Path) -> Path:
    (repository / "other").mkdir()
    for name in ("objects", "refs", "config", "packed-refs"):
        if (repository / ".git" / name).exists():
            (repository / ".git" / name).rename(repository / "other" / name)
    (repository / ".git" / "commondir").write_text("../other\n")
    (repository / ".git" / "config").write_text("[core]\n\tbare = false\n")
    return repository


def no_repository_within(repository: Path) -> Path:
    (repository / "sub" / ".git").mkdir(parents=True)
    (repository / "sub" / ".git" / "config").write_text("[core]\n\tbare = false\n")
    return repository / "sub"


def a_bare_one(repository: Path) -> Path:
    (repository / "sub").mkdir()
    git(repository, "init", "-q", "--bare", "sub/bare")
    (repository / ".git" / "config").write_text("[core]\n\tbare = false\n")
    return repository / "sub" / "bare"


@pytest.mark.parametrize("build", [a_common_folder, no_repository_within, a_bare_one])
def test_settings_that_were_not_looked_at_are_asked_about(
    repository: Path, build: Callable[[Path], Path], ground: Ground
) -> None:
    """T4: the configuration that git reads is not always that of the first `.git` on the way up."""
    folder = build(repository)
    found = subprocess.run(
        ["git", "config", "--get", "diff.external"], cwd=folder, env=ENVIRONMENT, capture_output=True, check=False
    )
    situation = ground.situation(roots=(repository,), gate=None)

    assert bool(found.stdout) is (build is not a_bare_one)
    assert decide(ReadGit(args=("status",), cwd=str(folder)), situation).verdict == "ask"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('[core]\n\tbare = false\n[remote "o"]\n\turl = x\n\tfetch = +a:b\n[branch "m"] merge = x\n', ()),
        ("[user]\n\tname = A\n\temail = a@b\n[core]\n; note\n# note\n\tautocrlf\n", ()),
        ("[core]\n\tfsmonitor = x\n", ("core.fsmonitor",)),
        ("[CORE]\n\tFsMonitor = x\n", ("core.fsmonitor",)),
        ("[core] fsmonitor = x\n", ("core.fsmonitor",)),
        ("[core]\nbare=false\r\nfsmonitor=x\r\n", ("core.fsmonitor",)),
        ('[filter "x"]\n\tclean = y\n', ("filter.clean",)),
        ('[includeIf "gitdir:/x"]\n\tpath = y\n', ("includeif.path",)),
        ("[include.x]\n\tpath = y\n", ("include.path",)),
        ("[core]\n\tabbrev = 7 \\\n\tfsmonitor\n", ("core.abbrev", "core.fsmonitor")),
        ("[core]\n\tabbrev = 7\u2028[gc]\n\tfsmonitor = x\n", ("core.fsmonitor",)),
        ("[extensions]\n\tworktreeConfig = true\n", ("extensions.worktreeconfig",)),
        ("[extensions]\n\tpartialClone = origin\n", ("extensions.partialclone",)),
        ("bare = false\n", ("?",)),
        ("[core\n\tbare = x\n", ("?",)),
    ],
)
def test_settings_that_not_every_repository_has(config: str, expected: tuple[str, ...]) -> None:
    assert odd_settings(config) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("git status", ReadGit(args=("status",))),
        ("git --no-pager log -3", ReadGit(args=("log", "-3"))),
        ("git -C src -C a diff", ReadGit(args=("diff",), cwd="src/a")),
        ("cd src && git log --oneline", ReadGit(args=("log", "--oneline"), cwd="src")),
        ("git commit -m x", None),
        ("git status | head", None),
        ("git -c a=b status", None),
        ("git", None),
        ("git -C", None),
        ("env git status", None),
    ],
)
def test_a_question_in_a_shell_becomes_a_question(line: str, expected: ReadGit | None) -> None:
    assert as_read_git(RunCommand(line=line)) == expected
