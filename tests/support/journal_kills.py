"""Kill whoever writes to a journal at random points, and look at what is left each time."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pylot.journal.events import EffectFinished, EffectIntended
from pylot.journal.journal import Journal
from pylot.journal.tasks import Status

_MOST_LINES = 40


@dataclass
class Seen:
    """What was found whole before: the lengths of logs that have not grown since, and the effects in them."""

    lengths: dict[str, int] = field(default_factory=dict)
    intended: set[str] = field(default_factory=set)


async def kill_and_check(folder: Path, n_kills: int, seed: int) -> None:
    """Let a child write and be killed `n_kills` times; whatever it acknowledged must be there, and nothing twice."""
    luck = random.Random(seed)
    acknowledged: dict[str, int] = {}
    seen = Seen()
    for _ in range(n_kills):
        _write_until_killed(folder, luck.randint(0, _MOST_LINES), acknowledged)
        await _check(folder, acknowledged, seen)
    assert len(acknowledged) > n_kills / 20


def _write_until_killed(folder: Path, n_lines: int, acknowledged: dict[str, int]) -> None:
    command = [sys.executable, "-m", "tests.support.journal_writer", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        for _ in range(n_lines):
            _note(writer.stdout.readline(), acknowledged)
        writer.kill()
        # What was said between the last line that was read and the kill counts as well.
        for line in writer.stdout:
            _note(line, acknowledged)
        assert writer.stderr.read() == ""


def _note(line: str, acknowledged: dict[str, int]) -> None:
    if line.endswith("\n"):
        task, seq = line.split()
        acknowledged[task] = int(seq)


async def _check(folder: Path, acknowledged: dict[str, int], seen: Seen) -> None:
    journal = await Journal.open(folder)
    assert journal.notes == ()
    for task in await journal.tasks(limit=1_000_000):
        assert task.last_seq >= acknowledged.get(task.id, 1)
        if seen.lengths.get(task.id) == task.last_seq:
            continue
        seen.lengths[task.id] = task.last_seq
        events = await journal.events(task.id)
        assert [it.seq for it in events] == list(range(1, task.last_seq + 1))
        assert task.status in (Status.INTERRUPTED, Status.COMPLETED, Status.QUEUED, Status.WAITING)
        begun = [it.event.effect_id for it in events if isinstance(it.event, EffectIntended)]
        ended = [it.event.effect_id for it in events if isinstance(it.event, EffectFinished)]
        assert Counter(begun) == Counter(ended)
        assert len(set(begun)) == len(begun)
        seen.intended.update(begun)
    assert len(await journal.grants()) <= len(seen.intended)
    done = (folder / "effects").read_text().split() if (folder / "effects").exists() else []
    assert len(set(done)) == len(done)
    assert set(done) <= seen.intended
    await journal.close()
