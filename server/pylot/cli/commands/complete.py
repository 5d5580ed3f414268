"""`pylot complete FILE:LINE:COL`: one suggestion for one place of a file."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from pylot.app.session import Session
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.completion.reasons import sentence
from pylot.completion.values import CompletionAnswer, CompletionRequest, Trigger
from pylot.kernel.errors import PylotError
from pylot.text.document_text import DocumentText
from pylot.text.positions import Position, PositionEncoding
from pylot.workspace.path_guard import read_regular

_MAX_BYTES = 8 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("place", metavar="FILE:LINE:COL", help="line and column count from 1, as editors show them")
    parser.add_argument("--open", action="append", default=[], type=Path, metavar="FILE", help="another open file")
    parser.add_argument("--automatic", action="store_true", help="ask as typing does, with all its reasons for silence")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a setting")
    parser.add_argument("--explain", action="store_true", help="show what happened at each step")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the suggestions; exit code 1 when there are none."""
    path, line, column = _parse_place(arguments.place)
    return asyncio.run(_complete(arguments, path, line, column))


def _parse_place(place: str) -> tuple[Path, int, int]:
    file, _, numbers = place.partition(":") if place.count(":") == 2 else _split_from_right(place)
    line, _, column = numbers.partition(":")
    if not (file and line.isdecimal() and column.isdecimal() and int(line) and int(column)):
        raise PylotError(f"{place!r} is no place: write FILE:LINE:COL, for example main.py:12:5.")
    return Path(file).absolute(), int(line), int(column)


def _split_from_right(place: str) -> tuple[str, str, str]:
    parts = place.rsplit(":", 2)
    return (parts[0], ":", ":".join(parts[1:])) if len(parts) == 3 else (place, "", "")


def _read(path: Path) -> str:
    if not path.exists():
        raise PylotError(f"There is no file {path}.")
    data = read_regular(path, _MAX_BYTES)
    if data is None or len(data) > _MAX_BYTES:
        raise PylotError(f"{path} is no text file that Pylot can read.")
    return data.decode("utf-8", "replace")


async def _complete(arguments: argparse.Namespace, path: Path, line: int, column: int) -> int:
    session = Session(ConsoleClient(), client_debounces=True, overrides=arguments.set)
    try:
        session.set_folders([Path.cwd()])
        for other in arguments.open:
            session.documents.open(other.absolute().as_uri(), "", 1, _read(other))
        text = _read(path)
        session.documents.open(path.as_uri(), "", 1, text)
        content = DocumentText(text)
        if line > content.n_lines:
            raise PylotError(f"{path.name} has {content.n_lines} lines; there is no line {line}.")
        offset = content.offset_at(Position(line - 1, column - 1), PositionEncoding.UTF32)
        trigger = Trigger.AUTOMATIC if arguments.automatic else Trigger.INVOKED
        request = CompletionRequest(path.as_uri(), str(path), "", 1, text, offset, trigger)
        answer = await session.complete(request)
        _report(arguments, answer, session.explain(1))
        return 0 if answer.suggestions else 1
    finally:
        await session.close()


def _report(arguments: argparse.Namespace, answer: CompletionAnswer, explanation: dict[str, object]) -> None:
    traces = explanation["traces"]
    if arguments.json:
        suggestions = [
            {"text": each.text, "source": each.source, "confidence": round(each.confidence, 3)}
            for each in answer.suggestions
        ]
        trace = traces[0] if isinstance(traces, list) and traces else None
        print_json({"suggestions": suggestions, "reason": answer.reason, "trace": trace})
        return
    for suggestion in answer.suggestions:
        print_lines(suggestion.text, paint(f"  from {suggestion.source}, {suggestion.confidence:.0%} sure", "dim"))
    if not answer.suggestions:
        print_lines(f"No suggestion: {sentence(answer.reason)}")
    if arguments.explain:
        print_lines("", str(explanation["text"]))
