"""`pylot map`: the most important definitions of a workspace in few words."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from pylot.cli.console_client import ConsoleClient
from pylot.cli.index_progress import wait_for_index
from pylot.cli.terminal import print_json, print_lines
from pylot.cli.workspace_root import add_root_argument, open_workspace
from pylot.index.schema import DATABASE_NAME, SCHEMA_VERSION
from pylot.index.symbols.repo_map import RepoMap, repo_map
from pylot.index.symbols.store import StoredSymbols
from pylot.index.symbols.table import SymbolTable
from pylot.index.worker.launcher import index_folder
from pylot.kernel.errors import ConfigError, StorageError
from pylot.storage.database import Database
from pylot.storage.directories import find_directories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_root_argument(parser)
    parser.add_argument("--budget", type=int, default=1000, help="about how many tokens (default: 1000)")
    parser.add_argument(
        "--near", action="append", default=[], metavar="FILE", help="what this file uses counts more; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the map; exit code 1 when there is nothing to show."""
    if arguments.budget < 1:
        raise ConfigError("A map needs a budget of one token at least.")
    root = asyncio.run(_indexed_root(arguments))
    drawn = _draw(root, arguments.budget, [_relative(Path(name), root) for name in arguments.near])
    if arguments.json:
        print_json({"text": drawn.text, "shown": drawn.n_shown, "known": drawn.n_known})
    else:
        print_lines(drawn.text or "Nothing is defined here.")
    return 0 if drawn.n_shown else 1


async def _indexed_root(arguments: argparse.Namespace) -> Path:
    session = open_workspace(arguments, ConsoleClient())
    try:
        await wait_for_index(session.indexes, vectors=False)
        return session.folders[0]
    finally:
        await session.close()


def _draw(root: Path, budget: int, near: list[str]) -> RepoMap:
    path = index_folder(root, find_directories().data) / DATABASE_NAME
    database = Database.open_for_reading(path, SCHEMA_VERSION)
    if database is None:
        raise StorageError("The symbols of the workspace cannot be read.", detail=str(path))
    try:
        return repo_map(SymbolTable(StoredSymbols(database)), budget, near=near)
    finally:
        database.close()


def _relative(path: Path, root: Path) -> str:
    path = path.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
