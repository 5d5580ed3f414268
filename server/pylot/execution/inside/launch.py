"""The first program of every command: it confines itself, runs the command, and leaves nothing running behind it.

It reads an order from standard input and tells what became of it on the descriptor `report`, in lines: `ready` once it
is confined, then `code` and the command's exit code, or `failed` and why. A confinement that fails runs nothing.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys

from pylot.execution.inside.steps import run_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pylot.execution.inside.orders import Order

_LARGEST_FILE = 4 << 30
_POLITENESS = 5
# Each round ends a generation of processes; what forks faster than this is left to the process group.
_MOST_ROUNDS = 1000


def main() -> None:
    """Run the one command that standard input names."""
    order: Order = marshal.loads(sys.stdin.buffer.read())
    report = order["report"]
    _limit()
    if sys.platform == "win32":
        _work(order, report)
        return
    _outlive_nobody()
    signal.signal(signal.SIGTERM, lambda number, frame: _end())
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _work(order, report)
        os._exit(0)
    os.waitpid(child, 0)
    _end()


def _work(order: Order, report: int) -> None:
    try:
        shows_others = _confine(order)
    except (OSError, AttributeError) as error:
        _tell(report, f"failed {type(error).__name__}: {error}")
        return
    _tell(report, f"ready {int(shows_others)}")
    _tell(report, f"code {run_steps(order['steps'])}")


def _confine(order: Order) -> bool:
    """Confine this process as far as nobody else has, and return whether it sees the files of `shown`."""
    shows_others = order["level"] == "bubblewrap"
    if order["level"] == "landlock":
        from pylot.execution.inside.confinement import confine

        shows_others = confine(order)
    # Only now: a folder that was entered before would not be the one that was mounted since.
    os.chdir(order["cwd"])
    return shows_others


def _tell(report: int, line: str) -> None:
    os.write(report, line.replace("\n", " ").encode(errors="replace") + b"\n")


def _limit() -> None:
    if sys.platform == "win32":
        return
    # Whoever is typing comes first.
    os.nice(_POLITENESS)
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = _LARGEST_FILE if hard == resource.RLIM_INFINITY else min(hard, _LARGEST_FILE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))


def _outlive_nobody() -> None:
    """End with the process that started this one, and become the parent of whatever loses its own below."""
    if sys.platform != "linux":
        return
    from pylot.execution.inside.system_calls import DEATH_SIGNAL, SUBREAPER, process_control

    process_control(SUBREAPER, 1)
    process_control(DEATH_SIGNAL, signal.SIGTERM)


def _end() -> None:
    """Kill every process below this one, then end; a daemon that left its group and its parent is below it as well."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for _ in range(_MOST_ROUNDS):
        found = _children()
        for process in found:
            try:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            except (ProcessLookupError, ChildProcessError, PermissionError):
                continue
        if not found:
            break
    os._exit(0)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(number) for number in file.read().split()]
    except OSError:
        return []
