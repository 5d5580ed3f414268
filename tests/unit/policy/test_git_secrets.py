"""No question to git that goes unasked shows what the policy keeps back, in any commit (D6)."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pylot.policy.actions import ReadGit
from pylot.policy.decide import decide
from pylot.policy.decision import Decision
from pylot.policy.git import _READERS, GIT_ENVIRONMENT
from pylot.policy.situation import Situation
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings
from tests.support.policy_workspace import Ground

KEY = "hunter2"
MARK = "KEPTBACK"
OPEN = "in_the_open"
KEPT = (".env", "sub/prod.env", "sub/Secrets.YAML", "keys/id_ed25519", ".ssh/config", "private/notes.md", "sub/own.txt")
SHOWN = ("a.txt", "sub/b.py", "sub/secret_store.py")
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **GIT_ENVIRONMENT}


def git(folder: Path, *args: str) -> str:
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True,
                          env={**ENVIRONMENT, **names})  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first commit holds secrets, whose second one takes most away, and which has changes."""
    folder = tmp_path_factory.mktemp("git").resolve() / "repo"
    for turn in (1, 2):
        for name in (*KEPT, *SHOWN):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            mark = MARK if name in KEPT else OPEN
            path.write_text(f"password = {KEY}{turn} {mark}\nline {turn} {mark}\n", encoding="utf-8")
        (folder / ".pylotignore").write_text("private/\n/sub/own.txt\n", encoding="utf-8")
        if turn == 1:
            git(folder, "init", "-q", "-b", "main")
        git(folder, "add", "-f", ".")
        git(folder, "commit", "-q", "-m", f"Turn {turn}")
    git(folder, "tag", "-a", "v1", "-m", "One")
    git(folder, "rm", "-q", "keys/id_ed25519")
    git(folder, "commit", "-q", "-m", "Take away")
    for name in (".env", "a.txt"):
        (folder / name).write_text(f"password = {KEY}3 {MARK if name in KEPT else OPEN}  \n", encoding="utf-8")
    git(folder, "add", ".env")
    (folder / "sub/prod.env").write_text(f"unstaged {MARK}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def situation(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Situation:
    gate = ExclusionGate(Roots([repository]), WorkspaceSettings())
    search = tuple(map(Path, os.environ["PATH"].split(os.pathsep)))
    return Situation("w1", (repository,), trusted=True, sandbox_level="landlock", gate=gate, search_path=search)


def asked(situation: Situation, *args: str, cwd: str = ".") -> tuple[Decision, str]:
    """Return the decision about a question, and what git prints where it goes unasked."""
    decision = decide(ReadGit(args=args, cwd=cwd), situation)
    if decision.verdict != "allow":
        return decision, ""
    argv: Any = decision.normalised["argv"]
    done = subprocess.run(argv, cwd=situation.roots[0] / cwd, env=ENVIRONMENT, capture_output=True, text=True,
                          errors="replace", check=False)  # fmt: skip
    return decision, done.stdout + done.stderr


def every_flag() -> Iterator[tuple[str, ...]]:
    """Return every flag that is understood, alone and with `-p`, with values that make it do something."""
    values = {"S": KEY, "G": KEY, "L": "1,2:.env", "e": KEY, "n": "3", "unified": "3", "U": "3", "color-words": ".",
              "word-diff": "color", "stat": "80", "max-count": "3", "format": "%H%n%B", "pretty": "%B", "glob": "*",
              "grep": "Turn"}  # fmt: skip
    for command in ("log", "show", "diff", "grep", "blame"):
        reader = _READERS[command]
        flags: list[tuple[str, ...]] = [(f"-{letter}",) for letter in reader.letters]
        flags += [(f"-{letter}", values.get(letter, "1")) for letter in reader.valued]
        flags += [(f"--{word}",) for word in (*reader.words, *reader.maybe_valued, *reader.valued_words)]
        flags += [(f"--{word}", values.get(word, "1")) for word in reader.valued_words]
        flags += [(f"--{word}={values[word]}",) for word in reader.maybe_valued if word in values]
        patch = () if command in ("grep", "blame") else ("-p",)
        ends = {"grep": (KEY,), "blame": ("a.txt",)}.get(command, ())
        counted = ("--stat",) if command in ("show", "diff") else ()
        for flag, more in itertools.product([(), *flags], [(), patch, counted]):
            pattern = () if command == "grep" and "-e" in flag else ends
            yield (command, *flag, *more, *pattern)


def test_no_flag_makes_git_show_what_is_kept_back(situation: Situation) -> None:
    leaks = []
    for args in dict.fromkeys(every_flag()):
        decision, output = asked(situation, *args)
        if MARK in output:
            leaks.append((args, decision.verdict))

    assert leaks == []


SHOWS = [
    ("diff",), ("diff", "a.txt"), ("diff", "HEAD"), ("diff", "HEAD~2", "HEAD"), ("diff", "HEAD~2..HEAD"),
    ("diff", "v1", "--", "a.txt", "sub"), ("diff", "HEAD~2", "--", "sub/secret_store.py"), ("log", "-p"),
    ("log", "-p", "--all"),
    ("log", "-S", OPEN, "-p"), ("log", "-p", "main", "--", "sub"), ("show", "HEAD~1"), ("show", "v1"),
    ("show", "HEAD:a.txt"), ("show", "HEAD:./sub/b.py"), ("show", ":sub/b.py"), ("grep", OPEN),
    ("grep", "-n", OPEN, "HEAD~1"), ("grep", OPEN, "--", "sub"), ("blame", "a.txt"), ("blame", "HEAD~1", "--", "a.txt"),
]  # fmt: skip


@pytest.mark.parametrize("args", SHOWS, ids=" ".join)
def test_the_rest_is_shown_unasked(situation: Situation, args: tuple[str, ...]) -> None:
    decision, output = asked(situation, *args)

    assert decision.verdict == "allow", decision.reasons
    assert (OPEN in output, MARK in output) == (True, False)


ASKS = [
    ("show", "HEAD:.env"), ("show", "HEAD:sub/Secrets.YAML"), ("show", "--stat", "HEAD:.env"), ("show", ":0:.env"),
    ("show", "HEAD~1:keys/id_ed25519"), ("show", "HEAD:.ssh/config"), ("blame", ".env"),
    ("blame", "HEAD", "--", ".env"),
    ("diff", "HEAD", "--", ".env"), ("diff", ".env"), ("log", "-p", ".env"), ("log", "-p", "--", ".ssh"),
    ("log", "-L", "1,2:.env"), ("log", "-L1,2:a.txt"), ("log", "--follow", "-p", "a.txt"),
    ("diff", "HEAD:sub", "HEAD~1:sub"), ("diff", "HEAD:keys.pem..HEAD:a.txt"), ("grep", KEY, "HEAD:sub"),
    ("grep", "--", KEY, "HEAD"), ("grep", KEY, "--", "*.env"),
]  # fmt: skip


@pytest.mark.parametrize("args", ASKS, ids=" ".join)
def test_what_names_it_or_cannot_be_limited_is_asked_about(situation: Situation, args: tuple[str, ...]) -> None:
    decision, _ = asked(situation, *args)
    assert (decision.verdict, decision.scopes) == ("ask", ("once",)), decision.reasons

    remote, _ = asked(replace(situation, remote_model=True), *args)
    assert remote.verdict == "deny"


@pytest.mark.parametrize(
    ("args", "cwd"),
    [
        (("show", "HEAD:private/notes.md"), "."),
        (("show", "HEAD:../private/notes.md"), "sub"),
        (("blame", "own.txt"), "sub"),
        (("diff", "HEAD~1", "--", "private"), "."),
    ],
)
def test_what_pylotignore_names_is_shown_to_nobody(situation: Situation, args: tuple[str, ...], cwd: str) -> None:
    decision, _ = asked(situation, *args, cwd=cwd)

    assert decision.verdict == "deny"


@pytest.mark.parametrize("name", [".env", "private", "sub", "sub/own.txt"])
@pytest.mark.parametrize("length", [7, 40])
def test_a_hash_shows_nothing_but_commits(situation: Situation, name: str, length: int) -> None:
    """What `git ls-files -s` tells, and `git ls-tree`, is the hash of a file or a folder."""
    repository = situation.roots[0]
    digest = git(repository, "rev-parse", f"HEAD~1:{name}")[:length]
    head = git(repository, "rev-parse", "HEAD")[:length]
    words = [digest, digest.upper(), f"x-1-g{digest}", f"{digest}^{{}}", f"{digest}^{{blob}}", f"{digest}:notes.md",
             f"{digest}:own.txt", f"{digest}..{digest}", f"^{digest}"]  # fmt: skip
    questions = [("show", word) for word in words] + [("show", "--stat", word) for word in words]
    questions += [("diff", word) for word in words] + [("diff", head, word) for word in words]
    questions += [("grep", KEY, word) for word in words] + [("log", "-p", word) for word in words]

    assert [args for args in questions if MARK in asked(situation, *args)[1]] == []
    assert OPEN in asked(situation, "show", f"{head}~1")[1]
    assert OPEN in asked(situation, "diff", f"{head}~2..{head}")[1]
    assert OPEN in asked(situation, "grep", OPEN, head)[1]


def test_in_a_folder_the_whole_repository_is_kept_back_from(situation: Situation) -> None:
    for args in (("diff", "HEAD~2"), ("log", "-p"), ("show", "HEAD~1"), ("grep", KEY)):
        output = asked(situation, *args, cwd="sub")[1]
        assert (OPEN in output, MARK in output) == (True, False), args


def test_a_person_who_says_yes_is_shown_it(situation: Situation) -> None:
    decision = decide(ReadGit(args=("diff", "HEAD", "--", ".env")), situation)
    argv: Any = decision.normalised["argv"]

    assert argv[-3:] == ["HEAD", "--", ".env"]


def test_a_question_that_shows_no_content_is_put_as_it_is(ground: Ground) -> None:
    for args in (("status",), ("log", "--oneline", "-5"), ("log", "--stat"), ("diff", "--name-only"), ("branch", "-a")):
        argv: Any = decide(ReadGit(args=args), ground.situation()).normalised["argv"]
        assert not [word for word in argv if word.startswith(":(")], args
