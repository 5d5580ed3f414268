"""What an agent is told of the workspace before it begins: facts, the user's instructions, a map of the code."""

from __future__ import annotations

import asyncio
import platform
from pathlib import Path

from pylot.agent.ports import Knowledge
from pylot.app.workplace import Workplace
from pylot.execution.files import Files
from pylot.index.schema import DATABASE_NAME, SCHEMA_VERSION
from pylot.index.symbols.repo_map import repo_map
from pylot.index.symbols.store import StoredSymbols
from pylot.index.symbols.table import SymbolTable
from pylot.index.worker.launcher import index_folder
from pylot.kernel.errors import PylotError
from pylot.storage.database import Database

# Where people write down how agents are to work in a repository.
_INSTRUCTIONS = ("AGENTS.md", ".pylot/instructions.md")
_MAP_TOKENS = 600


async def gather_knowledge(workplace: Workplace, files: Files, sandbox: str) -> Knowledge:
    """Return it; what cannot be read is left out. A workspace that is not trusted gives no instructions (T8)."""
    root = workplace.folders()[0]
    instructions = [each for name in _INSTRUCTIONS if (each := await _instruction(workplace, files, root, name))]
    facts = [f"The workspace is {root}; paths are relative to it.", f"The system is {platform.system()}."]
    facts += [f"{folder} is part of the workspace as well." for folder in workplace.folders()[1:]]
    if sandbox != "none":
        facts.append("Commands run in a sandbox without a network; they may change files of the workspace only.")
    drawn = await asyncio.to_thread(_map, index_folder(root, workplace.directories.data))
    return Knowledge(tuple(facts), tuple(instructions), drawn)


async def _instruction(workplace: Workplace, files: Files, root: Path, name: str) -> tuple[str, str] | None:
    if not workplace.is_trusted(root) or workplace.new_gate().decide(str(root / name), None) is not None:
        return None
    try:
        content = await files.read(name)
    except PylotError:
        return None
    return (name, content.text) if content is not None and content.target.is_inside else None


def _map(folder: Path) -> str:
    """Return the map of an index that is there; none is made for it."""
    database = Database.open_for_reading(folder / DATABASE_NAME, SCHEMA_VERSION)
    if database is None:
        return ""
    try:
        return repo_map(SymbolTable(StoredSymbols(database)), _MAP_TOKENS).text
    except PylotError:
        return ""
    finally:
        database.close()
