"""`pylot index`: bring the index of a workspace up to date and say what is in it."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Mapping
from typing import Any

from pylot.app.index_keeper import IndexKeeper
from pylot.cli.console_client import ConsoleClient
from pylot.cli.index_progress import wait_for_index
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.cli.workspace_root import add_root_argument, open_workspace
from pylot.index.reasons import sentence_of

_MOST_SKIPPED = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_root_argument(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--status", action="store_true", help="say where the index stands, and leave")
    what.add_argument("--rebuild", action="store_true", help="read every file again")
    what.add_argument("--pause", action="store_true", help="stop the work until --resume or the last window has gone")
    what.add_argument("--resume", action="store_true", help="go on with the work")
    what.add_argument("--skipped", action="store_true", help="list what is not in the index, and why")
    parser.add_argument("--words-only", action="store_true", help="do not wait for search by meaning")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it; exit code 1 when the index cannot be kept."""
    return asyncio.run(_index(arguments))


async def _index(arguments: argparse.Namespace) -> int:
    session = open_workspace(arguments, ConsoleClient())
    try:
        began = time.monotonic()
        indexes = session.indexes
        if arguments.pause or arguments.resume:
            await indexes.pause(on=arguments.pause)
        elif arguments.rebuild:
            await indexes.rebuild()
        if arguments.skipped:
            await wait_for_index(indexes, vectors=False)
            _print_skipped(await indexes.skipped(_MOST_SKIPPED), as_json=arguments.json)
            return 0
        if not (arguments.status or arguments.pause):
            await wait_for_index(indexes, vectors=not arguments.words_only)
        [status] = await _status(indexes)
        if arguments.json:
            print_json(status)
        else:
            _print_status(status, None if arguments.status or arguments.pause else time.monotonic() - began)
        return 0
    finally:
        await session.close()


async def _status(indexes: IndexKeeper) -> list[dict[str, Any]]:
    """Return the status; a worker that runs for an editor is asked, but none is started for this."""
    await indexes.find_running()
    return await indexes.status()


def _print_status(status: Mapping[str, Any], seconds: float | None) -> None:
    took = "" if seconds is None else f" after {seconds:.1f} s"
    print_lines(paint(f"{status['root']}: {status['phase']}{took}", "bold"))
    if "files" not in status:
        return
    meaning = f", {status['embedded']:,} by meaning ({status['model']})" if status["model"] else ""
    print_lines(
        f"  {status['files']:,} files known, {status['searchable']:,} found by their words{meaning}",
        f"  {status['chunks']:,} pieces of text, {status['bytes'] / 1e6:,.1f} MB in {status['folder']}",
    )
    for reason, number in sorted(status["skipped"].items(), key=lambda item: -item[1]):
        print_lines(paint(f"  {number:,} left out: {sentence_of(reason)}", "dim"))
    if status["skipped"]:
        print_lines(paint("  `pylot index --skipped` lists them.", "dim"))
    for note in status["notes"]:
        print_lines(paint(f"  {note}", "yellow"))


def _print_skipped(skipped: list[tuple[str, str]], *, as_json: bool) -> None:
    if as_json:
        print_json([{"path": path, "reason": sentence} for path, sentence in skipped])
        return
    for path, sentence in skipped:
        # A name may hold line ends, which would make two lines of it.
        print_lines(f"{path!r}: {sentence}" if not path.isprintable() else f"{path}: {sentence}")
