"""A password for sudo works and is found nowhere afterwards (D4, issue 9)."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from pathlib import Path

import pytest

from pylot.execution.desk import Ports
from pylot.policy.actions import Action, RunCommand
from pylot.policy.decision import Decision
from tests.support.agent_effects import World, make_world

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no sudo on Windows")

PASSWORD = "correct-horse-battery-42"

# It asks as sudo does, checks a hash, and writes down what it was started with.
FAKE_SUDO = """#!{python} -IS
import hashlib, os, subprocess, sys
with open({seen!r}, "ab") as seen:
    seen.write(repr((sys.argv, dict(os.environ))).encode() + b"\\n")
if sys.argv[1:] == ["-k"]:
    sys.exit(0)
assert sys.argv[1:6] == ["-A", "-k", "-p", "", "--"], sys.argv
asked = subprocess.run([os.environ["SUDO_ASKPASS"], "Password:"], capture_output=True)
if hashlib.sha256(asked.stdout.rstrip(b"\\n")).hexdigest() != {digest!r}:
    again = subprocess.run([os.environ["SUDO_ASKPASS"], "Password:"], capture_output=True)
    print("sudo: refused", again.stdout)
    sys.exit(1)
sys.exit(subprocess.run(sys.argv[6:]).returncode)
"""


class Field:
    """The masked field of an editor."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.prompts: list[str] = []

    async def __call__(self, title: str, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answer


async def world_with_sudo(folder: Path, field: Field) -> World:
    programs = folder / "bin"
    programs.mkdir(parents=True)
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    text = FAKE_SUDO.format(python=sys.executable, seen=str(folder / "seen"), digest=digest)
    (programs / "sudo").write_text(text, encoding="utf-8")
    (programs / "sudo").chmod(0o755)
    environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    world = await make_world(folder / "world", ports=Ports(_nobody, ask_password=field), environ=environ)
    world.verdict = "ask"
    return world


async def _nobody(action: Action, task_id: str) -> Decision:
    raise AssertionError


SUDO = RunCommand(argv=("sh", "-c", "env; cat /proc/$PPID/cmdline #\u202e"), sudo=True)


async def test_the_password_goes_to_sudo_and_nowhere_else(own_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    field = Field(PASSWORD)
    world = await world_with_sudo(own_home / "sudo", field)

    outcome = await world.desk.perform(SUDO, await world.ask(SUDO), world.at)
    events = [each.to_json() for each in await world.journal.events(world.task_id)]
    await world.journal.close()

    assert outcome.ok, outcome.text
    assert field.prompts == ["Password to run as root: sh -c 'env; cat /proc/$PPID/cmdline #⟨U+202E⟩'"]
    seen = (own_home / "sudo" / "seen").read_text(encoding="utf-8")
    assert seen.splitlines()[-1].startswith("(['")
    assert "'-k']" in seen.splitlines()[-1]
    assert PASSWORD not in str(events) + outcome.text + str(outcome.metadata) + caplog.text + seen
    files = [path for path in own_home.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path for path in files if PASSWORD.encode() in path.read_bytes()] == []
    assert not list(Path("/tmp").glob("pylot-sudo-*/*"))
    assert PASSWORD not in str(os.environ) + str(sys.argv)


@pytest.mark.parametrize("answer", ["wrong", "", None])
async def test_a_wrong_password_is_asked_for_once(own_home: Path, answer: str | None) -> None:
    """A second try is a new approval; the helper's token is used up."""
    field = Field(answer)
    world = await world_with_sudo(own_home / "sudo", field)

    outcome = await world.desk.perform(SUDO, await world.ask(SUDO), world.at)
    await world.journal.close()

    assert not outcome.ok
    assert len(field.prompts) == 1
    assert "sudo: refused b''" in outcome.text


@pytest.mark.parametrize("line", ["echo a | sh", "echo a && echo b", "echo $(id)"])
async def test_only_one_program_is_run_as_root(own_home: Path, line: str) -> None:
    world = await world_with_sudo(own_home / "sudo", Field(PASSWORD))
    action = RunCommand(line=line, sudo=True)

    outcome = await world.desk.perform(action, await world.ask(action), world.at)
    await world.journal.close()

    assert outcome.error == "Only a single program can be run with sudo."
    assert not (own_home / "sudo" / "seen").exists()


async def test_nobody_to_ask_means_no_sudo(own_home: Path) -> None:
    world = await make_world(own_home / "world")
    world.verdict = "ask"

    outcome = await world.desk.perform(SUDO, await world.ask(SUDO), world.at)
    await world.journal.close()

    assert outcome.error == "Nobody can be asked for a password here."
