"""`pylot search`: where in the workspace something is done."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pylot.app.session import Session
from pylot.cli.console_client import ConsoleClient
from pylot.cli.index_progress import wait_for_index
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.cli.workspace_root import add_root_argument, open_workspace
from pylot.kernel.errors import ConfigError
from pylot.syntax.languages import canonical_language, is_known_language
from pylot.workspace.path_guard import read_regular

_MAX_BYTES = 8 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("question", nargs="?", default="", help="in words, or names of code")
    parser.add_argument("--like", metavar="FILE:FIRST-LAST", help="look for code like these lines instead")
    add_root_argument(parser)
    parser.add_argument("--limit", type=int, default=10, help="how many answers (default: 10)")
    parser.add_argument("--per-file", type=int, default=2, help="how many of one file (default: 2)")
    parser.add_argument(
        "--path",
        action="append",
        default=[],
        metavar="GLOB",
        help="only these paths, as .gitignore has them; ! excludes",
    )
    parser.add_argument("--language", action="append", default=[], help="only this language; may be repeated")
    parser.add_argument("--kind", action="append", default=[], help="only this kind: function, class, method, ...")
    parser.add_argument("--now", action="store_true", help="ask the index as it is, without waiting for changes")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the answers; exit code 1 when there are none."""
    return asyncio.run(_search(arguments))


async def _search(arguments: argparse.Namespace) -> int:
    session = open_workspace(arguments, ConsoleClient())
    try:
        query = _query(session, arguments)
        if not arguments.now:
            await wait_for_index(session.indexes, vectors=False)
        answer = await session.search(query)
    finally:
        await session.close()
    if arguments.json:
        print_json(answer)
    else:
        _print_answer(answer)
    return 0 if answer["hits"] else 1


def _query(session: Session, arguments: argparse.Namespace) -> dict[str, Any]:
    for name in arguments.language:
        if not is_known_language(name):
            raise ConfigError(f"Pylot knows no language {name}.")
    languages = [canonical_language(name) for name in arguments.language]
    query: dict[str, Any] = {"text": arguments.question, "limit": arguments.limit, "perFile": arguments.per_file}
    query |= {"paths": arguments.path, "languages": languages, "kinds": arguments.kind}
    if arguments.like:
        query |= _like(session.folders[0], arguments.like)
    elif not arguments.question.strip():
        raise ConfigError("Ask something, or name lines with --like.")
    return query


def _like(root: Path, place: str) -> dict[str, Any]:
    """Return the part of a question that asks for code like some lines of a file, which count from 1."""
    name, _, lines = place.rpartition(":")
    first, _, last = lines.partition("-")
    if not (name and first.isdecimal() and (last or first).isdecimal() and int(first)):
        raise ConfigError(f"{place!r} names no lines: write FILE:FIRST-LAST, for example main.py:12-30.")
    path = Path(name).resolve()
    data = read_regular(path, _MAX_BYTES)
    if data is None:
        raise ConfigError(f"{name} cannot be read.")
    start, end = int(first) - 1, int(last or first)
    text = "\n".join(data.decode("utf-8", "replace").splitlines()[start:end])
    if not text.strip():
        raise ConfigError(f"There is no code in the lines {lines} of {name}.")
    relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return {"text": text, "like": {"path": relative, "startLine": start, "endLine": max(start, end - 1)}}


def _print_answer(answer: Mapping[str, Any]) -> None:
    for note in answer["notes"]:
        print_lines(paint(note, "yellow"))
    for hit in answer["hits"]:
        place = f"{hit['path']}:{hit['startLine'] + 1}-{hit['endLine'] + 1}"
        print_lines(f"{paint(place, 'cyan')}  {paint(hit['symbol'], 'bold')}".rstrip())
        print_lines(paint(f"  {hit['score']:.2f}  {hit['reason']}", "dim"))
        print_lines(
            *(f"  {hit['excerptLine'] + n + 1:>5}  {line}" for n, line in enumerate(hit["excerpt"].split("\n")))
        )
        print_lines("")
    if not answer["hits"]:
        print_lines("Nothing was found.")
