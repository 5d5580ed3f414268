"""Open everything that one workspace's index is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pylot.index.chunk_store import ChunkStore
from pylot.index.schema import DATABASE_NAME, SCHEMA, SCHEMA_VERSION
from pylot.index.word_store import WordStore
from pylot.kernel.errors import StorageError
from pylot.storage.database import Database
from pylot.storage.directories import make_private_folder

_CHUNKS_NAME, _WORDS_NAME = "chunks", "words.db"
_NO_LANCEDB = "LanceDB is not installed, so search goes by words and names alone: install pylot[index]."


@dataclass(frozen=True, slots=True)
class OpenedIndex:
    """The files of one index, for the one thread that writes and the one that reads them.

    `has_vectors` says whether the store can hold vectors, `note` what is missing where it cannot.
    """

    folder: Path
    database: Database
    reading: Database
    store: ChunkStore | WordStore
    searched: ChunkStore | WordStore
    note: str = ""

    @property
    def has_vectors(self) -> bool:
        """Whether the store can hold vectors."""
        return isinstance(self.store, ChunkStore)

    def close(self) -> None:
        """Let go of the files."""
        for one in (self.searched, self.store, self.reading, self.database):
            one.close()


def open_index(folder: Path) -> OpenedIndex:
    """Open the index in a folder, making what is not there; raises StorageError when the disk does not allow that."""
    database = Database.open(make_private_folder(folder) / DATABASE_NAME, SCHEMA, SCHEMA_VERSION)
    reading = Database.open_for_reading(folder / DATABASE_NAME, SCHEMA_VERSION)
    if reading is None:
        raise StorageError("The symbols of the workspace cannot be read.", detail=str(folder))
    chunks = ChunkStore.open(folder / _CHUNKS_NAME)
    if chunks is not None:
        return OpenedIndex(folder, database, reading, chunks, chunks)
    words = WordStore.open(folder / _WORDS_NAME)
    searched = WordStore.open_for_reading(folder / _WORDS_NAME)
    if searched is None:
        raise StorageError("The words of the workspace cannot be read.", detail=str(folder))
    return OpenedIndex(folder, database, reading, words, searched, _NO_LANCEDB)
