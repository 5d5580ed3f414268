"""Writes to a chunk store without an end, and says so after each write: to be killed.

`python -m tests.support.chunk_writer FOLDER GENERATION`.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from pylot.index.chunk_rows import ChunkRow, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.syntax.chunks import Chunk

N_FILES, N_CHUNKS = 8, 50
_MAINTAIN_EVERY = 5


def path_of(file: int) -> str:
    return f"folder/file{file}.py"


def rows(file: int, generation: int) -> list[ChunkRow]:
    """Return the chunks of a file as one write stores them, each time other ones."""
    chunks = [Chunk(at, at, f"f{at}", "function", f"word{file} generation{generation}") for at in range(N_CHUNKS)]
    return rows_of(path_of(file), "python", chunks)


def main() -> None:
    store = ChunkStore.open(Path(sys.argv[1]))
    assert store is not None
    for generation in itertools.count(int(sys.argv[2])):
        file = generation % N_FILES
        store.replace({path_of(file): rows(file, generation)})
        sys.stdout.write(f"{generation}\n")
        sys.stdout.flush()
        if generation % _MAINTAIN_EVERY == 0:
            store.maintain(idle=True)


if __name__ == "__main__":
    main()
