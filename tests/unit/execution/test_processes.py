"""Running commands without a shell, and ending them (C5)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pylot.execution.commands import steps_of
from pylot.execution.environment import command_environment, safe_path
from pylot.execution.launching import Sandbox
from pylot.execution.output import HEAD_BYTES, TAIL_BYTES
from pylot.kernel.errors import ExecutionError
from pylot.policy.actions import RunCommand
from pylot.policy.command_line import CommandLine, command_line
from tests.support.sandboxes import Place, make_place, running, sandbox_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands are not run on Windows yet")

LEVELS = ("none", "landlock", "bubblewrap")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path / "place")


# Steps, the exit code, and what is printed: as bash would have it.
LINES = [
    ([("", [["echo", "a b", "$HOME", "*"]])], 0, "a b $HOME *\n"),
    ([("", [["printf", "b\\na\\n"], ["sort"]])], 0, "a\nb\n"),
    ([("", [["printf", "b\\na\\nb\\n"], ["sort"], ["uniq", "-c"], ["wc", "-l"]])], 0, "2\n"),
    ([("", [["false"]]), ("&&", [["echo", "no"]]), ("||", [["echo", "yes"]])], 0, "yes\n"),
    ([("", [["true"]]), ("||", [["echo", "no"]]), ("&&", [["echo", "yes"]])], 0, "yes\n"),
    ([("", [["false"]]), (";", [["echo", "yes"]])], 0, "yes\n"),
    ([("", [["true"], ["false"]])], 1, ""),
    ([("", [["sh", "-c", "kill -TERM $$"]])], 143, ""),
    ([("", [["no-such-program"]])], 127, "no-such-program: No such file or directory\n"),
    ([("", [["./sub"]])], 126, "./sub: Permission denied\n"),
    ([("", [["yes"], ["head", "-n", "1"]])], 0, "y\n"),
    ([("", [["cat"]])], 0, ""),
    ([("", [["sh", "-c", "echo out; echo err >&2; exit 3"]])], 3, "out\nerr\n"),
]


@pytest.mark.parametrize(("steps", "code", "output"), LINES)
async def test_pipelines_end_as_those_of_a_shell(
    place: Place, steps: list[tuple[str, list[list[str]]]], code: int, output: str
) -> None:
    result = await place.run_steps([(operator, pipeline, ()) for operator, pipeline in steps])

    assert (result.exit_code, result.output) == (code, output)


def by_bash(line: str) -> subprocess.CompletedProcess[bytes]:
    argv = ["bash", "--noprofile", "--norc", "-c", line]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


BOTH = "echo out; echo err >&2"
UPPER = "tr a-z A-Z"


@pytest.mark.parametrize(
    "line",
    [
        f"sh -c '{BOTH}' 2>&1 | {UPPER}",
        f"sh -c '{BOTH}' | {UPPER}",
        f"sh -c '{BOTH}' 2>/dev/null | {UPPER}",
        f"sh -c '{BOTH}' >/dev/null | {UPPER}",
        f"sh -c '{BOTH}' 2>&1 >/dev/null | {UPPER}",
        f"sh -c '{BOTH}' > /dev/null 2>&1 | {UPPER}",
        f"sh -c '{BOTH}' >&2 | {UPPER}",
        f"sh -c '{BOTH}' 1>&2 2>/dev/null | {UPPER}",
        f"sh -c '{BOTH}' 2>/dev/null >&2 | {UPPER}",
        f"sh -c '{BOTH}' >/dev/null",
        f"sh -c '{BOTH}' 2>/dev/null",
        f"sh -c '{BOTH}' 2>&1 >/dev/null",
        f"sh -c '{BOTH}' > /dev/null 2>&1 && echo well",
        f"sh -c '{BOTH}; exit 3' 2>&1 | sh -c 'cat; exit 4'",
        "no-such-program 2>/dev/null || echo missing",
    ],
)
async def test_redirections_go_where_those_of_bash_go(place: Place, line: str) -> None:
    """T4: the same lines, by bash and by the launcher that never saw one."""
    read = command_line(RunCommand(line=line))
    assert isinstance(read, CommandLine)
    expected = by_bash(line)

    result = await place.run_steps(steps_of(read))

    # Two streams that become one have no order.
    found, wanted = sorted(result.output.splitlines()), sorted(expected.stdout.decode().splitlines())
    assert (result.exit_code, found) == (expected.returncode, wanted)


@pytest.mark.parametrize("level", LEVELS)
async def test_a_limit_ends_all_that_was_started(own_home: Path, level: str) -> None:
    """Also what has left the process group and lost its parent."""
    place = make_place(own_home / "place", sandbox_of(level))
    daemon = f"echo > {place.workspace}/began; exec sleep 4321.{os.getpid()}"
    result = await place.shell(f"setsid sh -c '({daemon}) & ' ; sleep 1000", timeout_s=2)

    assert (place.workspace / "began").exists()
    assert (result.exit_code, result.level) == (None, level)
    assert any(not running(f"4321.{os.getpid()}") for _ in range(10_000))


@pytest.mark.parametrize("level", LEVELS)
async def test_cancelling_ends_all_that_was_started(own_home: Path, level: str) -> None:
    place = make_place(own_home / "place", sandbox_of(level))
    began = place.workspace / "began"
    work = asyncio.create_task(place.shell(f"(sleep 9876.{os.getpid()} &) ; echo > {began}; sleep 1000"))
    while not began.exists():
        await asyncio.sleep(0.01)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert any(not running(f"9876.{os.getpid()}") for _ in range(10_000))


@pytest.mark.parametrize("level", LEVELS)
async def test_a_command_leaves_nothing_running(own_home: Path, level: str) -> None:
    place = make_place(own_home / "place", sandbox_of(level))
    result = await place.shell(f"setsid sh -c 'sleep 6543.{os.getpid()} &' ; echo done")

    assert (result.exit_code, result.output) == (0, "done\n")
    assert any(not running(f"6543.{os.getpid()}") for _ in range(10_000))


async def test_long_output_keeps_its_beginning_and_its_end(place: Place) -> None:
    n_lines = 40_000
    result = await place.run("seq", str(n_lines))
    whole = "".join(f"{number}\n" for number in range(1, n_lines + 1))
    head, _, tail = result.output.partition("\n[... ")

    assert result.truncated
    assert whole.startswith(head)
    assert whole.endswith(tail.partition(" ...]\n")[2])
    assert len(result.output) < HEAD_BYTES + TAIL_BYTES + 100
    assert result.artefact is not None
    assert result.artefact.read_text(encoding="utf-8") == whole
    assert result.artefact.stat().st_mode & 0o077 == 0


async def test_short_output_is_kept_nowhere_else(place: Place) -> None:
    result = await place.run("seq", "10")

    assert (result.truncated, result.artefact) == (False, None)


async def test_a_sandbox_that_cannot_be_made_runs_nothing(place: Place) -> None:
    broken = Place(place.folder, Sandbox("bubblewrap", Path("/bin/false")))

    with pytest.raises(ExecutionError):
        await broken.shell("echo > ran")
    assert not (place.workspace / "ran").exists()


async def test_the_environment_is_rebuilt(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/elsewhere")
    result = await place.run("env")
    names = {line.partition("=")[0] for line in result.output.splitlines()}

    assert names.isdisjoint({"SECRET_TOKEN", "LD_PRELOAD", "GIT_DIR", "SSH_AUTH_SOCK", "PYTHONPATH", "BASH_ENV"})
    assert f"HOME={place.scratch}/home" in result.output


def test_programs_are_not_looked_for_in_the_workspace(tmp_path: Path) -> None:
    root = (tmp_path / "root").resolve()
    (root / "bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(root / "bin")
    path = os.pathsep.join(["", ".", "bin", str(root / "bin"), str(tmp_path / "link"), str(root), "/usr/bin"])

    assert safe_path(path, [root]) == "/usr/bin"
    assert safe_path("", [root]) == os.defpath


def test_caches_of_the_real_home_are_named_where_they_are(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    environment = command_environment({"PATH": "/bin"}, home=tmp_path, scratch=tmp_path / "s", roots=[])

    assert environment["CARGO_HOME"] == str(tmp_path / ".cargo")
    assert "RUSTUP_HOME" not in environment


@pytest.mark.parametrize("level", LEVELS)
def test_a_command_does_not_outlive_the_server(own_home: Path, level: str) -> None:
    """`kill -9` of the process that runs it takes everything along."""
    place = make_place(own_home / "place", sandbox_of(level))
    mark = f"2468.{os.getpid()}"
    program = SERVER.format(root=str(ROOT), folder=str(place.folder), level=level, mark=mark)
    server = subprocess.Popen([sys.executable, "-c", program])
    while not (place.workspace / "began").exists():
        assert server.poll() is None

    server.kill()
    server.wait()

    # The end comes by a signal, some moments later.
    assert any(not running(mark) for _ in range(10_000))


ROOT = Path(__file__).parents[3]
SERVER = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = ["{root}", "{root}/server"]
from tests.support.sandboxes import Place, sandbox_of

place = Place(Path("{folder}"), sandbox_of("{level}"))
asyncio.run(place.shell("setsid sh -c '(echo > began; exec sleep {mark}) &'; sleep 1000", timeout_s=100))
"""
