"""Kill a run of an agent, let it go on until it is done, and look at what it has done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pylot.journal.events import EffectFinished, TaskCompleted, ToolCallFinished
from pylot.journal.journal import Journal
from tests.support.agent_victim import N_STEPS


def run_victim(folder: Path, *arguments: str, seconds: float | None = None) -> bool:
    """Run it; return whether it came to its end. With `seconds` it is killed after so many of its work."""
    command = [sys.executable, "-m", "tests.support.agent_victim", str(folder), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        victim.stdout.readline()
        try:
            _, errors = victim.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            victim.kill()
            _, errors = victim.communicate()
    assert errors == ""
    assert victim.returncode in (0, -9)
    return victim.returncode == 0


async def check(folder: Path) -> None:
    """Everything was done once or is said to be unknown, nothing twice, and the log has no gaps."""
    journal = await Journal.open(folder)
    assert journal.notes == ()
    [task] = await journal.tasks()
    recorded = await journal.events(task.id)
    await journal.close()
    assert [it.seq for it in recorded] == list(range(1, len(recorded) + 1))
    events = [it.event for it in recorded]
    [done] = [event for event in events if isinstance(event, TaskCompleted)]
    ends = [event.index for event in events if isinstance(event, ToolCallFinished)]
    unknown = {event.effect_id for event in events if isinstance(event, EffectFinished) and event.unknown}
    effects = (folder / "effects").read_text().split("\n")[:-1]

    assert done.answer == "All done."
    assert ends == list(range(1, 2 * N_STEPS + 1))
    assert len(set(effects)) == len(effects)
    missing = [f"step {number}" for number in range(N_STEPS) if f"step {number}" not in "\n".join(effects)]
    assert len(missing) <= len(unknown)
