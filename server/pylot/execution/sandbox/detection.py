"""Which sandbox holds on this machine: each is tried with what it must refuse, once per boot."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pylot
from pylot.execution.environment import command_environment
from pylot.execution.launching import NO_SANDBOX, Sandbox
from pylot.execution.processes import run_command
from pylot.execution.sandbox.bubblewrap import find_bubblewrap
from pylot.execution.sandbox.profile import Profile
from pylot.kernel.errors import ConfigError, ExecutionError
from pylot.storage import atomic_file
from pylot.storage.directories import make_private_folder

_SECONDS = 10.0
_UNDECIDED = "the probe took too long"
_BOOT = Path("/proc/sys/kernel/random/boot_id")

# Prints what went otherwise than it must. A datagram socket that is connected sends nothing.
_PROBE = """
import os, socket, sys
inside, outside = sys.argv[1:]
def works(act):
    try:
        act()
    except OSError:
        return False
    return True
def reach():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
def reach_locally():
    os.chdir(outside)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect("socket")
def write(path):
    with open(path, "w") as file:
        file.write("x")
os.symlink(outside, inside + "/link")
wanted = {
    "write inside": (True, lambda: write(inside + "/file")),
    "read outside": (True, lambda: os.listdir(outside)),
    "write outside": (False, lambda: write(outside + "/file")),
    "truncate outside": (False, lambda: os.truncate(outside + "/kept", 0)),
    "remove outside": (False, lambda: os.unlink(outside + "/kept")),
    "write through a link": (False, lambda: write(inside + "/link/file")),
    "write to .git": (False, lambda: write(inside + "/.git/config")),
    "move .git away": (False, lambda: os.rename(inside + "/.git", inside + "/moved")),
    "make .vscode": (False, lambda: os.mkdir(inside + "/.vscode") or write(inside + "/.vscode/tasks.json")),
    "reach the network": (False, reach),
    "reach a server of this machine by its path": (False, reach_locally),
}
print(", ".join(name for name, (right, act) in wanted.items() if works(act) is not right))
"""


async def find_sandbox(cache: Path, candidates: Sequence[Sandbox] | None = None) -> Sandbox:
    """Return the best sandbox that holds, or none; the answer is kept in the folder `cache` until the next boot.

    `candidates` are tried in order; by default bubblewrap, then Landlock.
    """
    if candidates is None:
        candidates = _candidates()
    known = cache / "sandbox.json"
    key = [_boot(), pylot.__version__, [[it.level, str(it.program), _changed(it.program)] for it in candidates]]
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(known.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return next(it for it in (*candidates, NO_SANDBOX) if it.level == kept["level"])
    found = NO_SANDBOX
    try:
        make_private_folder(cache)
    except ConfigError:
        # Nothing can be tried without a folder, and what was not tried is not trusted.
        return NO_SANDBOX
    for candidate in candidates:
        said = await faults(candidate, cache)
        if not said:
            found = candidate
            break
        if said == _UNDECIDED:
            # A machine that was too busy for the probe is asked again at the next start.
            return NO_SANDBOX
    with contextlib.suppress(OSError):
        atomic_file.write_text(known, json.dumps({"key": key, "level": found.level}))
    return found


async def faults(sandbox: Sandbox, cache: Path) -> str:
    """Try what a sandbox must allow and refuse, and return what went otherwise; an empty text is one that holds.

    It is tried in a folder of its own in `cache`, which should not be in `/tmp`.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="probe-", dir=cache) as name:
            inside, outside, scratch = _probing_ground(Path(name))
            with _listening(outside):
                result = await run_command(
                    [("", [[sys.executable, "-I", "-S", "-c", _PROBE, str(inside), str(outside)]], ())],
                    sandbox=sandbox,
                    profile=Profile((inside,), scratch),
                    cwd=inside,
                    environment=command_environment(os.environ, home=Path.home(), scratch=scratch, roots=(inside,)),
                    timeout_s=_SECONDS,
                )
    except (ExecutionError, OSError) as error:
        return getattr(error, "detail", "") or str(error)
    if result.exit_code is None:
        return _UNDECIDED
    return result.output.strip() if result.ok else f"the probe failed: {result.output}"


def _probing_ground(folder: Path) -> tuple[Path, Path, Path]:
    inside, outside, scratch = (folder.resolve() / name for name in ("inside", "outside", "scratch"))
    for made in (inside / ".git", outside, scratch / "home", scratch / "tmp"):
        made.mkdir(parents=True)
    (outside / "kept").write_text("x", encoding="utf-8")
    return inside, outside, scratch


@contextlib.contextmanager
def _listening(folder: Path) -> Iterator[None]:
    """Let a server stand in a folder, as Docker's, an agent for keys or an editor's does."""
    if sys.platform != "linux":
        yield
        return
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            # The path of a socket may have 107 bytes, and the folder's own may be longer.
            server.bind(f"/proc/self/fd/{descriptor}/socket")
            server.listen()
            yield
    finally:
        os.close(descriptor)


def _candidates() -> list[Sandbox]:
    if sys.platform != "linux":
        return []
    program = find_bubblewrap()
    return [*([Sandbox("bubblewrap", program)] if program else []), Sandbox("landlock")]


def _boot() -> str:
    with contextlib.suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()
    return ""


def _changed(program: Path | None) -> float:
    with contextlib.suppress(OSError):
        return program.stat().st_mtime if program else 0.0
    return 0.0
