"""What a command cannot do whatever it is, tried for real under every sandbox of this machine (reference T5)."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylot.execution.environment import command_environment
from pylot.execution.launching import NO_SANDBOX, Sandbox
from pylot.execution.processes import run_command
from pylot.execution.sandbox.detection import faults, find_sandbox
from pylot.execution.sandbox.profile import Profile
from tests.support.sandboxes import LEVELS, Place, make_place, sandbox_of

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandboxes are Linux's")

# Each is a shell's script; what it would leave behind must not be there afterwards.
WRITES = {
    "outside": "echo x > {outside}/new",
    "outside, an old file": "echo x > {outside}/kept",
    "outside, appended": "echo x >> {outside}/kept",
    "outside, truncated": "truncate -s 0 {outside}/kept",
    "outside, removed": "rm -f {outside}/kept",
    "outside, moved in": "mv {outside}/kept moved",
    "outside, moved out": "echo x > a && mv a {outside}/new",
    "outside, a hard link": "ln {outside}/kept hard && echo x >> hard",
    "outside, a folder": "mkdir {outside}/new",
    "outside, its mode": "chmod 777 {outside}/kept {outside}",
    "outside, its time": "touch {outside}/kept",
    "outside, an attribute": "setfattr -n user.x -v y {outside}/kept || chgrp 1 {outside}/kept",
    ".git, its mode": "chmod -R 777 .git",
    "outside, a socket": "{python} -c 'import os; os.mkfifo(\"{outside}/new\")'",
    "home": "echo x > {home}/.pylot-sandbox-test",
    "through a link to a folder": "echo x > link/new",
    "through a link to a file": "echo x > sub/up",
    "through a link of its own": "ln -s {outside} mine && echo x > mine/new",
    "through /proc": "echo x > /proc/self/root{outside}/new",
    "through /proc/self/cwd": "cd link && echo x > /proc/self/cwd/new",
    ".git": "echo x > .git/hooks/pre-commit",
    ".git, its configuration": "echo x >> .git/config",
    ".git, removed": "rm -rf .git",
    ".git, moved away": "mv .git .gone",
    ".git, replaced": "mv .git .gone; mkdir .git && echo x > .git/config",
    ".git, through a hard link": "ln .git/config mine && echo x >> mine",
    ".vscode, which is not there": "mkdir -p .vscode && echo x > .vscode/tasks.json",
    ".pylot, by a link": "ln -s sub .pylot",
    ".pylot, by a move": "mkdir mine && mv -T mine .pylot && echo x > .pylot/pylot.toml",
    ".idea, which is a link": "rm .idea && mkdir .idea && echo x > .idea/workspace.xml",
    ".idea, which is a link, removed": "rm .idea",
    ".idea, which is a link, behind it": "echo x > settings/tasks.xml; mv settings gone",
    "by a mount": "mount --bind {outside} sub && echo x > sub/new",
    "by namespaces of its own": "unshare -Urm sh -c 'mount -o remount,rw / ; echo x > {outside}/new'",
}


@pytest.fixture(params=LEVELS)
def place(request: pytest.FixtureRequest, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    sandbox = sandbox_of(request.param)
    # Not in /tmp, which bubblewrap covers, so that the folders outside are there to be written to.
    folder = Path("/var/tmp") / own_home.name
    yield make_place(folder, sandbox)
    shutil.rmtree(folder)


def state(place: Place) -> dict[str, str]:
    """Return everything that must stay as it is."""
    inside = (".git", ".vscode", ".pylot", ".idea", "settings")
    folders = [place.outside, *(place.workspace / name for name in inside)]
    found = [path for folder in folders for path in (folder, *folder.rglob("*")) if os.path.lexists(path)]
    found += [path for path in [Path.home() / ".pylot-sandbox-test"] if path.exists()]
    return {str(path): _content(path) for path in found if path.parent != place.workspace / ".idea"}


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"a link to {path.readlink()}"
    status = path.stat()
    content = path.read_text(encoding="utf-8") if path.is_file() else "a folder"
    return f"{content}, {status.st_mode:o}, {status.st_gid}, {status.st_mtime_ns}"


@pytest.mark.parametrize("name", WRITES)
async def test_nothing_changes_outside_the_workspace(place: Place, name: str) -> None:
    """C5, T5: nor in what tools act on inside it."""
    before = state(place)

    await place.shell(WRITES[name].format(outside=place.outside, home=Path.home(), python=sys.executable))

    assert state(place) == before


async def test_the_workspace_can_be_written_and_everything_else_read(place: Place) -> None:
    result = await place.shell("echo x > sub/new && cat sub/new /etc/hostname && ls link/ && cat .git/config")

    assert result.ok, result.output
    assert result.output.startswith("x\n")
    assert result.output.endswith("kept\n[core]\n")
    assert (place.workspace / "sub" / "new").read_text(encoding="utf-8") == "x\n"


async def test_keys_of_the_user_look_empty(place: Place) -> None:
    result = await place.shell(f"ls {place.folder}/own; cat {place.folder}/own/key; echo x > {place.folder}/own/new")

    assert result.output.splitlines()[0] == "tasks"
    assert "hunter2" not in result.output
    assert not (place.folder / "own" / "new").exists()


async def test_a_task_has_a_home_and_a_temporary_folder_of_its_own(place: Place) -> None:
    result = await place.shell('echo x > "$HOME/file" && echo y > "$TMPDIR/file" && cat "$HOME/file"')

    assert result.output == "x\n"
    assert (place.scratch / "tmp" / "file").read_text(encoding="utf-8") == "y\n"


REACHES = {
    "a name": "import socket; socket.getaddrinfo('localhost.invalid', 80)",
    "an address": "import socket; socket.create_connection(('192.0.2.1', 80), 3)",
    "a datagram": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    "a server of this machine": "import socket; socket.create_connection(('127.0.0.1', {port}), 3)",
    "an abstract socket": "import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')",
    "a socket in a folder": "import os, socket; os.chdir('{outside}'); socket.socket(socket.AF_UNIX).connect('s')",
    "a message to a socket": "import os, socket; os.chdir('{outside}'); "
    "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', 'd')",
    "a virtual socket": "import socket; socket.socket(40, socket.SOCK_STREAM)",
    "a ring": "import ctypes; assert ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120)) >= 0",
}


@pytest.mark.parametrize("name", REACHES)
async def test_no_other_machine_and_no_server_can_be_reached(place: Place, name: str) -> None:
    with servers(place) as port:
        program = REACHES[name].format(port=port, name=place.folder.name, outside=place.outside)
        result = await place.run(sys.executable, "-I", "-c", program)

    assert not result.ok, result.output


@pytest.mark.parametrize("name", [name for name in REACHES if "socket" in name])
async def test_local_servers_are_out_of_reach_where_other_machines_are_not(place: Place, name: str) -> None:
    """T5: an agent for keys, Docker, an editor or a bus, anywhere on the disk, does what it is told to."""
    with servers(place) as port:
        program = REACHES[name].format(port=port, name=place.folder.name, outside=place.outside)
        result = await dataclasses.replace(place, network=True).run(sys.executable, "-I", "-c", program)

    assert "PermissionError" in result.output


@contextlib.contextmanager
def servers(place: Place) -> Iterator[int]:
    """Let servers listen outside the sandbox, and yield the port of one."""
    kinds = [("s", socket.SOCK_STREAM), ("d", socket.SOCK_DGRAM), (f"\0{place.folder.name}", socket.SOCK_STREAM)]
    with contextlib.ExitStack() as stack:
        for name, kind in kinds:
            local = stack.enter_context(socket.socket(socket.AF_UNIX, kind))
            local.bind(name if name[0] == "\0" else f"{place.outside}/{name}")
            if kind == socket.SOCK_STREAM:
                local.listen()
        yield stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]


@pytest.mark.parametrize("network", [False, True])
async def test_a_pair_of_sockets_is_no_way_to_a_server(place: Place, network: bool) -> None:
    """T5: one for datagrams may name any socket with a path as where it sends to, such as the system's log."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"{place.outside}/s")
        program = (
            "import socket; assert socket.socketpair()\n"
            "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)[0]"
            f".sendto(b'x', '{place.outside}/s')"
        )
        result = await dataclasses.replace(place, network=network).run(sys.executable, "-I", "-c", program)

    assert "PermissionError" in result.output


async def test_memory_that_others_share_cannot_be_written(place: Place) -> None:
    """T5: what System V shares is the user's everywhere, and no file."""
    libc = ctypes.CDLL(None)
    number = libc.shmget(0, 4096, 0o1600)
    try:
        program = f"import ctypes; assert ctypes.CDLL(None).shmat({number}, None, 0) == -1"
        result = await place.run(sys.executable, "-I", "-c", program)
    finally:
        libc.shmctl(number, 0, None)

    assert result.ok, result.output


async def test_what_is_allowed_the_network_reaches_it(place: Place) -> None:
    allowed = dataclasses.replace(place, network=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = REACHES["a server of this machine"].format(port=server.getsockname()[1])
        result = await allowed.run(sys.executable, "-I", "-c", program)

    assert result.ok, result.output


async def test_a_process_outside_can_be_neither_traced_nor_ended(place: Place) -> None:
    script = f"kill -0 {os.getpid()} && echo reached; head -c 1 /proc/{os.getpid()}/environ && echo read"
    result = await place.shell(script)

    assert "reached" not in result.output
    assert "read\n" not in result.output


async def test_ordinary_commands_work(place: Place) -> None:
    """C5: a test runner, make, a compiler, a server of the test's own, a pool of processes."""
    (place.workspace / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (place.workspace / "test_it.py").write_text(TESTS, encoding="utf-8")
    (place.workspace / "Makefile").write_text("hello: hello.c\n\tcc -o $@ $<\n\t./hello\n", encoding="utf-8")
    code = '#include <stdio.h>\nint main(void) { puts("hello"); }\n'
    (place.workspace / "hello.c").write_text(code, encoding="utf-8")

    tested = await place.run(sys.executable, "-m", "pytest", "-q", "test_it.py")
    made = await place.run("make", "hello")

    assert tested.ok, tested.output
    assert "3 passed" in tested.output
    assert made.ok, made.output
    assert made.output.endswith("hello\n")


TESTS = """
import multiprocessing, os, socket

def double(it):
    return 2 * it

def test_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 1).close()

def test_terminal():
    first, second = os.openpty()
    os.write(second, b"x")
    assert os.read(first, 1) == b"x"

def test_pool():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]
"""


async def test_nothing_is_left_in_the_workspace(place: Place) -> None:
    """What holds the place of a missing protected folder goes again."""
    before = sorted(it.name for it in place.workspace.iterdir())

    assert (await place.run("true")).ok
    assert sorted(it.name for it in place.workspace.iterdir()) == before


async def test_without_namespaces_landlock_gives_what_is_beside_the_protected_folders(own_home: Path) -> None:
    """A sandbox in a sandbox may make no namespaces, as in a container that forbids them.

    The outer one allows all that is tried; what is refused is refused by the inner one.
    """
    place = make_place(own_home / "place", sandbox_of("landlock"))
    (place.workspace / "Makefile").touch()
    program = place.folder / "nested.py"
    program.write_text(NESTED.format(root=str(ROOT), folder=str(place.folder)), encoding="utf-8")

    result = await run_command(
        [("", [[sys.executable, str(program)]], ())],
        sandbox=place.sandbox,
        profile=Profile((place.folder,), place.scratch),
        cwd=place.folder,
        environment=command_environment(os.environ, home=Path.home(), scratch=place.scratch, roots=[]),
        timeout_s=30,
    )

    assert result.ok, result.output
    assert result.output.split() == [*["False"] * 7, *["True"] * 3], result.output


NESTED = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = ["{root}", "{root}/server"]
from tests.support.sandboxes import Place, sandbox_of

async def main():
    place = Place(Path("{folder}"), sandbox_of("landlock"))
    scripts = ["echo x > .git/new", "echo x > {folder}/outside/new", "echo x > .vscode/new", "mv .git gone",
               "echo x > new", "echo x > .idea/new", "python3 -c 'import socket; socket.socket()'",
               "echo x > sub/new", "echo x > Makefile", 'echo x > "$HOME/new"']
    for script in scripts:
        print((await place.shell(script)).ok)

asyncio.run(main())
"""


async def test_a_sandbox_that_holds_is_found_and_remembered(place: Place) -> None:
    sandbox, cache = place.sandbox, place.folder / "cache"

    assert await find_sandbox(cache, [sandbox]) == sandbox
    assert await find_sandbox(cache, [sandbox]) == sandbox
    assert sandbox.level in (cache / "sandbox.json").read_text(encoding="utf-8")


async def test_a_probe_that_took_too_long_is_tried_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pylot.execution.sandbox.detection._SECONDS", 0.0)
    cache = place.folder / "cache"
    assert await find_sandbox(cache, [place.sandbox]) == NO_SANDBOX
    monkeypatch.undo()

    assert await find_sandbox(cache, [place.sandbox]) == place.sandbox


async def test_a_sandbox_that_lets_something_through_is_not_used(own_home: Path) -> None:
    assert await find_sandbox(own_home / "cache", [Sandbox("none")]) == NO_SANDBOX
    assert "write outside" in await faults(NO_SANDBOX, own_home / "cache")
    assert "reach a server of this machine by its path" in await faults(NO_SANDBOX, own_home / "cache")
    assert await find_sandbox(own_home / "other", [Sandbox("bubblewrap", own_home / "missing")]) == NO_SANDBOX


async def test_no_sandbox_is_used_that_has_no_filter(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: as on a processor whose system calls nobody has listed; local servers could be reached."""
    # What runs inside has imported the filter itself, so only bubblewrap's is missing here.
    wanted = {"bubblewrap": "reach a server of this machine by its path", "landlock": ""}
    monkeypatch.setattr("pylot.execution.inside.seccomp.program", lambda families: None)

    assert await faults(place.sandbox, place.folder) == wanted[place.sandbox.level]
