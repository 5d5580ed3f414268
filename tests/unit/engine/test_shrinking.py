"""After a crash that memory explains, an engine starts with less instead of crashing again (I12)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from pylot.engine.free_memory import oom_kills
from pylot.engine.gguf_header import read_header
from pylot.engine.resources import LoadOptions, estimate, step_down
from pylot.engine.shrinking import Shrinking
from tests.support.synthetic_gguf import Tensor, write_synthetic_gguf

FACTS = {"block_count": 8, "embedding_length": 1024, "attention.head_count": 8, "feed_forward_length": 4096}


@pytest.mark.parametrize(
    ("starts", "steps"),
    [
        pytest.param([(0, 5), (0, 6)], [0, 0], id="somebody else was ended"),
        pytest.param([(0, 5), (1, 6), (1, 6)], [0, 1, 1], id="it was ended itself"),
        pytest.param([(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)], [0, 0, 0, 1, 2], id="nobody says why it ended"),
        pytest.param([(0, 5), (1, 6), (0, 6), (1, 6)], [0, 1, 1, 1], id="it stays small when it has run for a while"),
    ],
)
def test_how_many_steps_smaller(starts: list[tuple[int, int]], steps: list[int]) -> None:
    kills = [5]
    shrinking = Shrinking(lambda: kills[0])
    found = []
    for n_crashes, kills[0] in starts:
        found.append(shrinking.before_start(n_crashes))

    assert found == steps


def test_each_step_takes_clearly_less_until_nothing_is_left(tmp_path: Path) -> None:
    tensors = [Tensor("token_embd.weight", (1024, 4096)), Tensor("blk.0.ffn_up.weight", (1024, 32768))]
    header = read_header(write_synthetic_gguf(tmp_path / "a.gguf", tensors, FACTS))
    taken = [step_down(header, LoadOptions(8192), n) for n in range(8)]
    needs = [estimate(header, options).total for options in taken]

    assert taken[0] == LoadOptions(8192)
    assert taken[-1] == taken[-2] == LoadOptions(2048, "q8_0", repack=False)
    assert all(later <= earlier for earlier, later in pairwise(needs))
    assert needs[1] < 0.9 * needs[0]


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, 0),
        ({"proc/vmstat": "nr_free 1\noom_kill 3\n"}, 3),
        ({"proc/vmstat": "oom_kill 3\n", "sys/fs/cgroup/memory.events": "low 0\noom 2\noom_kill 2\n"}, 5),
        ({"sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"}, 1),
        ({"proc/vmstat": "garbage\n"}, 0),
    ],
)
def test_where_the_system_tells_of_processes_that_it_ended(tmp_path: Path, files: dict[str, str], count: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert oom_kills(tmp_path) == count
