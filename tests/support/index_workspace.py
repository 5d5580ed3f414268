"""A workspace with a real index worker, and whether its index is what its files say."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from pylot.index.catalogue import Catalogue
from pylot.index.chunk_rows import rows_of
from pylot.index.opening import open_index
from pylot.index.symbols.store import StoredSymbols
from pylot.index.worker.client import IndexClient
from pylot.index.worker.launcher import connect_or_start, index_folder
from pylot.index.worker.messages import Wishes
from pylot.storage.directories import find_directories, make_private_folder
from pylot.syntax.chunks import chunks_of
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols


class IndexWorkspace:
    """Files below `root`, and the worker that indexes them; without vectors unless `wishes` say otherwise."""

    def __init__(self, root: Path, wishes: Wishes) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self.wishes = wishes
        self.directories = find_directories()
        make_private_folder(self.directories.runtime)

    def put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    async def connect(self, *, idle_seconds: float = 0.1) -> IndexClient:
        client = await connect_or_start(
            self.root, self.directories.runtime, self.directories.log, idle_seconds=idle_seconds
        )
        client.configure(self.wishes)
        return client

    def faults(self) -> list[str]:
        """Return every file whose chunks or symbols are a part of what they should be; only while no worker runs.

        Files that have not been read yet, or not again, are no fault.
        """
        index = open_index(index_folder(self.root, self.directories.data))
        try:
            symbols = StoredSymbols(index.database)
            found = []
            for path, known in Catalogue(index.database).all().items():
                content = (self.root / path).read_bytes() if (self.root / path).is_file() else b""
                if known.reason or known.sha256 != hashlib.sha256(content).hexdigest():
                    continue
                text = content.decode("utf-8")
                language = canonical_language("", path)
                expected = read_symbols(text, language)
                wanted = {row.id for row in rows_of(path, language, chunks_of(text, expected.definitions))}
                stored = symbols.file(path)
                if stored is None or stored.definitions != expected.definitions:
                    found.append(f"symbols of {path}")
                if set(index.store.rows(sorted(wanted))) != wanted:
                    found.append(f"chunks of {path}")
            return found
        finally:
            index.close()


async def settled(client: IndexClient, seconds: float = 120.0) -> dict[str, object]:
    """Return the state once nothing is left to do."""
    async with asyncio.timeout(seconds):
        async for state in client.follow():
            if state["phase"] in ("current", "failed"):
                return state
    raise AssertionError("the worker was lost")
