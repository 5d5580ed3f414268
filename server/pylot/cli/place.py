"""A place that somebody at a terminal names, as an editor would ask about it."""

from __future__ import annotations

import argparse
from pathlib import Path

from pylot.app.session import Session
from pylot.completion.values import CompletionRequest, Trigger
from pylot.kernel.errors import PylotError
from pylot.text.document_text import DocumentText
from pylot.text.positions import Position, PositionEncoding
from pylot.workspace.path_guard import read_regular

_MAX_BYTES = 8 << 20

# Who asks once at a terminal waits for the engine's start too, which on a busy machine takes longer than typing allows.
PATIENT = "completion.deadline_ms=30000"


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the place, what is open beside it, and how it is asked about."""
    parser.add_argument("place", metavar="FILE:LINE:COL", help="line and column count from 1, as editors show them")
    parser.add_argument("--open", action="append", default=[], type=Path, metavar="FILE", help="another open file")
    parser.add_argument("--automatic", action="store_true", help="ask as typing does, with all its reasons for silence")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a setting")
    parser.add_argument("--json", action="store_true", help="write JSON")


def open_place(session: Session, arguments: argparse.Namespace) -> CompletionRequest:
    """Open the files in a session and return the request for the place.

    Raises:
        PylotError: there is no such place.
    """
    path, line, column = _parse_place(arguments.place)
    session.set_folders([Path.cwd()])
    for other in arguments.open:
        session.documents.open(other.absolute().as_uri(), "", 1, read_text_file(other))
    text = read_text_file(path)
    session.documents.open(path.as_uri(), "", 1, text)
    content = DocumentText(text)
    if line > content.n_lines:
        raise PylotError(f"{path.name} has {content.n_lines} lines; there is no line {line}.")
    offset = content.offset_at(Position(line - 1, column - 1), PositionEncoding.UTF32)
    trigger = Trigger.AUTOMATIC if arguments.automatic else Trigger.INVOKED
    return CompletionRequest(path.as_uri(), str(path), "", 1, text, offset, trigger)


def _parse_place(place: str) -> tuple[Path, int, int]:
    file, _, numbers = place.partition(":") if place.count(":") == 2 else _split_from_right(place)
    line, _, column = numbers.partition(":")
    if not (file and line.isdecimal() and column.isdecimal() and int(line) and int(column)):
        raise PylotError(f"{place!r} is no place: write FILE:LINE:COL, for example main.py:12:5.")
    return Path(file).absolute(), int(line), int(column)


def _split_from_right(place: str) -> tuple[str, str, str]:
    parts = place.rsplit(":", 2)
    return (parts[0], ":", ":".join(parts[1:])) if len(parts) == 3 else (place, "", "")


def read_text_file(path: Path) -> str:
    """Return the text of a file that somebody names.

    Raises:
        PylotError: there is no such file, or it is no text of a size that makes sense.
    """
    if not path.exists():
        raise PylotError(f"There is no file {path}.")
    data = read_regular(path, _MAX_BYTES)
    if data is None or len(data) > _MAX_BYTES:
        raise PylotError(f"{path} is no text file that Pylot can read.")
    return data.decode("utf-8", "replace")
