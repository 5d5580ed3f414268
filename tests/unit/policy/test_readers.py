from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pylot.policy.arguments import NotUnderstood, Reader, Reading, read_arguments
from pylot.policy.executables import is_of_the_system
from pylot.policy.readers import READERS, understood
from pylot.workspace.roots import Roots
from tests.support.policy_workspace import install

# These read their arguments by themselves, and say something else.
_OWN_WAY = frozenset({"tree", "rg"})
PLAIN = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
REFUSALS = ("requires an argument", "unrecognized option", "invalid option", "illegal option")
INSTALLED = sorted(name for name in READERS if name not in _OWN_WAY and shutil.which(name))


@pytest.mark.skipif(not INSTALLED, reason="None of the programs is here.")
def test_what_counts_as_a_value_is_one_to_the_program() -> None:
    """D6: were the value optional to the program, the next word would be a file that nobody has looked at."""
    wrong = []
    for name in INSTALLED:
        reader = READERS[name]
        flags = [f"-{letter}" for letter in reader.valued] + [f"--{word}" for word in reader.valued_words]
        for flag in flags:
            done = subprocess.run([name, flag], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if not any(
                sign in done.stderr for sign in ("requires an argument", "unrecognized option", "invalid option")
            ):
                wrong.append(f"{name} {flag}")

    assert wrong == []


READER = Reader(
    letters="ab", valued="n", words=("all",), valued_words=("lines",), maybe_valued=("color",), counts=True,
    path_flags=("n",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["-ab", "x", "-a", "y"], ("x", "y")),
        (["-an", "5", "x"], ("x", "5")),
        (["-n5", "x"], ("x", "5")),
        (["--lines=5", "--lines", "6", "x"], ("x",)),
        (["--color=auto", "--color", "x"], ("x",)),
        (["-20", "x"], ("x",)),
        (["--", "-x", "--all"], ("-x", "--all")),
        (["-", "x"], ("x",)),
        (["-n", "-5"], ("-5",)),
        (["-c"], None),
        (["-abc"], None),
        (["--al"], None),
        (["--all=x"], None),
        (["--lines"], None),
        (["-n"], None),
        (["-n", "--all"], None),
        (["--lines", "-o"], None),
    ],
)
def test_arguments_are_on_the_list_or_not_understood(arguments: list[str], paths: tuple[str, ...] | None) -> None:
    result = read_arguments(arguments, READER)

    assert result == Reading(paths) if paths is not None else isinstance(result, NotUnderstood)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["grep", "x"], Reading()),
        (["grep", "-r", "x"], Reading((".",), descends=True)),
        (["grep", "-e", "x", "a", "b"], Reading(("a", "b"))),
        (["grep", "-f", "p", "a"], Reading(("a", "p"))),
        (["rg", "x", "a"], Reading(("a",), descends=True, skips_ignored=True)),
        (["rg", "-g", "*.py", "x"], Reading((".",), descends=True)),
        (["find", "a", "b", "-name", "c"], Reading(("a", "b"), descends=True, shows_content=False)),
        (["find", "-type", "f"], Reading((".",), descends=True, shows_content=False)),
        (["sed", "-n", "1,5p;9p", "a"], Reading(("a",))),
        (["echo", "-n", "--x", "/etc"], Reading()),
        (["make"], None),
    ],
)
def test_what_a_command_reads(argv: list[str], expected: Reading | None) -> None:
    assert understood(argv) == expected


def test_the_program_is_not_taken_from_the_workspace(tmp_path: Path) -> None:
    """A name with a folder in front is another program, whatever it is called."""
    assert understood(["./ls"]) is None
    assert understood([str(tmp_path / "cat"), "x"]) is None


def test_a_shim_is_no_program_of_the_system(tmp_path: Path) -> None:
    """T4: asdf runs `./evil/bin/rg` where `.tool-versions` says `ripgrep path:./evil`."""
    for folder in ("bin", "shims"):
        install(tmp_path / folder, "rg")

    def is_known(folder: str) -> bool:
        return is_of_the_system("rg", tmp_path, [tmp_path / folder], Roots([tmp_path / "project"]))

    assert (is_known("bin"), is_known("shims")) == (True, False)
