"""Whoever writes chunks may be killed at any moment (L3, A7)."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from pylot.index.chunk_store import ChunkStore
from tests.support.chunk_writer import N_CHUNKS, N_FILES, rows

N_KILLS = 100
MOST_WRITES = 12


def test_a_hundred_kills_leave_no_file_in_part_and_lose_no_write(tmp_path: Path) -> None:
    folder, luck = tmp_path / "chunks", random.Random(9)
    store = ChunkStore.open(folder)
    if store is None:
        pytest.skip("LanceDB is not installed")
    identity = store.identity
    written: dict[int, int] = {}
    generation = 0
    for _ in range(N_KILLS):
        store.close()
        generation = _write_until_killed(folder, generation, luck.randint(1, MOST_WRITES), written)
        store = ChunkStore.open(folder)
        assert store is not None
        assert store.identity == identity
        for file in range(N_FILES):
            _check_file(store, file, written, generation)
        generation += 1


def _write_until_killed(folder: Path, generation: int, writes: int, written: dict[int, int]) -> int:
    """Let a child write and kill it in the middle of what comes after some writes; return what it wrote last."""
    command = [sys.executable, "-m", "tests.support.chunk_writer", str(folder), str(generation)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(writes):
            generation = int(writer.stdout.readline())
            written[generation % N_FILES] = generation
        writer.kill()
        # What was written between the last line that was read and the kill counts as well.
        for line in writer.stdout:
            generation = int(line)
            written[generation % N_FILES] = generation
    return generation


def _check_file(store: ChunkStore, file: int, written: dict[int, int], last: int) -> None:
    """A file is as it was acknowledged last, or as the write that was under way would have it; and can be found."""
    newest = written.get(file)
    under_way = last + 1 if (last + 1) % N_FILES == file else None
    whole = [one for one in (newest, under_way) if one is not None and _is_whole(store, file, one)]
    if newest is not None or whole:
        assert len(whole) == 1
        written[file] = whole[0]
    hits = store.lexical([f"word{file}"], 2 * N_CHUNKS)
    assert len(hits) == (N_CHUNKS if whole else 0)


def _is_whole(store: ChunkStore, file: int, generation: int) -> bool:
    return len(store.rows([row.id for row in rows(file, generation)])) == N_CHUNKS
