"""`pylot agent` with all its rooms, killed at random points and gone on with until its task is done (issue 9)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pylot.journal.events import (
    AnyEvent,
    EffectFinished,
    EffectIntended,
    OpaqueEvent,
    TaskCompleted,
    ToolCallFinished,
)
from pylot.journal.journal import Journal
from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home

N_STEPS = 3
# Undisturbed it takes about as many seconds from its first question to its answer.
_LONGEST_LIFE = 0.8
SCRIPT: list[Line] = [
    *(
        [
            ("file_read", {"path": "a.txt"}),
            ("file_write", {"path": f"step-{number}.txt", "content": f"step {number}\n"}),
            ("shell_exec_safe", {"command": f"echo step {number} | tee -a done.txt"}),
        ]
        for number in range(N_STEPS)
    ),
    "All done.",
]
_ALLOWED = "[agent.policy]\nallow = ['edit:**', 'echo', 'tee']\n"


@dataclass
class KilledTask:
    """One task in a folder of its own."""

    root: Path
    model: AgentModel
    n_kills: int = 0

    def finish(self, luck: random.Random) -> None:
        """Run the task to its end, killing it again and again at some moment after it has begun to ask its model."""
        verb = ["run", "Do it"]
        while self._run(verb, luck.uniform(0.0, _LONGEST_LIFE)) and (status := self._status()) != "completed":
            # What was killed before there was a task has to be begun again.
            verb = ["resume"] if status else ["run", "Do it"]

    def _run(self, verb: list[str], seconds: float) -> bool:
        """Return whether it was killed."""
        command = [sys.executable, "-m", "pylot", "agent", *verb, "--json"]
        self.model.heard.clear()
        with subprocess.Popen(
            command, cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while not self.model.heard.wait(0.02) and process.poll() is None:
                pass
            try:
                out, errors = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.n_kills += 1
                return True
        assert out, errors
        assert json.loads(out)["status"] == "completed", out
        return False

    def _status(self) -> str:
        """Return where the task stands, or nothing when it was killed before there was one."""
        command = [sys.executable, "-m", "pylot", "agent", "tasks", "--json"]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        listed = json.loads(done.stdout)["tasks"]
        return str(listed[-1]["status"]) if listed else ""


def configure(home: Path, model: AgentModel, parent: Path) -> None:
    """Let agents do everything below a folder that the script wants, unasked."""
    Home(home / "home").configure(f"[workspace]\ntrusted = ['{parent.as_posix()}']\n{model.settings}{_ALLOWED}")


def new_task(parent: Path, name: str, model: AgentModel) -> KilledTask:
    """Return a task in a new folder."""
    root = parent / name
    root.mkdir()
    (root / "a.txt").write_text("a\n")
    return KilledTask(root, model)


async def check(data: Path, tasks: list[KilledTask]) -> None:
    """Nothing was done twice, what is missing is said to be unknown, and every log is whole."""
    journal = await Journal.open(data)
    assert journal.notes == ()
    for each in tasks:
        events = await check_log(journal, each.root, 3 * N_STEPS)
        check_effects(each.root, n_lost=sum(isinstance(event, EffectFinished) and not event.ok for event in events))
    await journal.close()


async def check_log(journal: Journal, root: Path, n_calls: int) -> list[AnyEvent]:
    """Return the events of the one task in a folder: a whole log, in which it has ended and nothing is left open."""
    [task] = await journal.tasks(workspace=str(root))
    recorded = await journal.events(task.id)
    assert [it.seq for it in recorded] == list(range(1, len(recorded) + 1))
    events = [it.event for it in recorded if not isinstance(it.event, OpaqueEvent)]
    [done] = [event for event in events if isinstance(event, TaskCompleted)]
    assert done.answer == "All done."
    intended = [event.effect_id for event in events if isinstance(event, EffectIntended)]
    ended = [event for event in events if isinstance(event, EffectFinished)]
    assert len(set(intended)) == len(intended) == len(ended)
    assert all(event.ok or event.unknown for event in ended)
    ends = [event.index for event in events if isinstance(event, ToolCallFinished)]
    assert ends == list(range(1, n_calls + 1))
    return events


def check_effects(root: Path, n_lost: int) -> None:
    """Each step has left its traces once, but for those that were cut off."""
    path = root / "done.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    written = sorted(path.name for path in root.glob("step-*.txt"))
    assert len(set(lines)) == len(lines)
    # A change whose result was lost may end its directive, so that the command behind it is planned anew, or not.
    assert 2 * N_STEPS - len(lines) - len(written) <= 2 * n_lost
    for name in written:
        assert (root / name).read_text() == f"step {name[5]}\n"
