"""`pylot trust`: whom you trust, which only a person at a terminal can say."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

from pylot.app.configuration import Configuration
from pylot.app.trusting import Trusting
from pylot.cli.agent_console import AgentConsole
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import print_json, print_lines
from pylot.config.sources import Sources
from pylot.kernel.errors import ConfigError
from pylot.storage.directories import find_directories
from pylot.workspace.ignore import repository_top


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="PATH", help="the folder (default: the repository you are in)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the folders that you trust")
    what.add_argument("--revoke", action="store_true", help="trust the folder no longer")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Trust, list or revoke; exit code 1 when the folder is not trusted in the end, or still is."""
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    here = Path.cwd()
    folder = (arguments.folder or repository_top(here / "file") or here).absolute()
    config = find_directories().config
    configuration = Configuration(Sources(config, environ=dict(os.environ)), ConsoleClient())
    trusting = Trusting(config, configuration, lambda: (folder,))
    if arguments.revoke:
        await trusting.revoke(folder)
        said = f"{folder} is no longer trusted."
    elif arguments.list:
        said = "\n".join(map(str, configuration.trusted)) or "You trust no folder yet: `pylot trust` trusts this one."
    else:
        said = await _trust(trusting, folder)
    print_json(trusting.to_json()) if arguments.json else print_lines(said)
    return 0 if arguments.list or configuration.trusts(folder) is not arguments.revoke else 1


async def _trust(trusting: Trusting, folder: Path) -> str:
    if not trusting.untrusted:
        return f"{folder} is trusted already."
    console = AgentConsole()
    if not console.can_ask:
        # What an agent runs has no terminal, and what it writes does not reach the user's own file.
        raise ConfigError("Only a person at a terminal can trust a folder; or name it in workspace.trusted yourself.")
    return f"{folder} is trusted." if await trusting.ask(console, [folder]) else f"{folder} is not trusted."
