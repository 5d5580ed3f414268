"""Recorded typing: scripts of keys over real source files, replayed as an editor would make the changes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pylot.kernel.errors import PylotError

_FOLDER = Path(__file__).parent / "traces"
_LANGUAGES = {".py": "python", ".ts": "typescript", ".go": "go"}


@dataclass(frozen=True, slots=True)
class Keystroke:
    """One change of one file: what stood from `start` to `end` becomes `text`; offsets in code points.

    `after` is the file's text once it is made, with the cursor behind what was written.
    `what` is what the key was: `cold` (the first in a file), `moved` (the first after the cursor went elsewhere),
    `typed`, `erased` or `accepted` (a suggestion's text as a whole).
    `pause_ms` passes before the key is pressed.
    """

    file: str
    start: int
    end: int
    text: str
    after: str
    what: str
    pause_ms: int

    @property
    def offset(self) -> int:
        """The cursor once the change is made."""
        return self.start + len(self.text)

    @property
    def language(self) -> str:
        """The file's language, as LSP names it."""
        return language_of(self.file)


@dataclass(frozen=True, slots=True)
class Trace:
    """A script: the files before its first key, each with its text, and its keys.

    The sources are what the files are when the script has been played; what it types was taken out of them.
    """

    name: str
    kind: str
    files: dict[str, str]
    sources: dict[str, str]
    keystrokes: tuple[Keystroke, ...]


def language_of(file: str) -> str:
    """Return the language of a file of a trace, as LSP names it."""
    return _LANGUAGES[Path(file).suffix]


def trace_names() -> list[str]:
    """Return the names of the recorded traces."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def load_traces(names: Sequence[str] = ()) -> list[Trace]:
    """Return traces by name, all of them by default.

    Raises:
        PylotError: there is no trace of that name.
    """
    known = trace_names()
    for name in names:
        if name not in known:
            raise PylotError(f"There is no trace {name!r}; there are {', '.join(known)}.")
    return [_load(name) for name in names or known]


def source(file: str) -> str:
    """Return a source file that traces are made of."""
    return (_FOLDER / "sources" / f"{file}.txt").read_text(encoding="utf-8")


def _load(name: str) -> Trace:
    script = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    sources = {file: source(file) for file in script["files"]}
    files = _unplayed(sources, script["steps"])
    keystrokes = tuple(_play(dict(files), script["steps"], script["pace_ms"]))
    return Trace(name, str(script["kind"]), files, sources, keystrokes)


def _unplayed(sources: dict[str, str], steps: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Take out what the steps write, the last written first, so that playing them gives the sources."""
    files, written = dict(sources), list[tuple[str, str, str]]()
    for step in steps:
        if "go" in step:
            written.append((step["go"], step["after"], ""))
        else:
            file, after, text = written[-1]
            kept = text[: len(text) - step["erase"]] if "erase" in step else text + (_written(step))
            written[-1] = (file, after, kept)
    for file, after, text in reversed(written):
        begin = files[file].index(after) + len(after)
        assert files[file].startswith(text, begin), (file, after, text)
        files[file] = files[file][:begin] + files[file][begin + len(text) :]
    return files


def _play(files: dict[str, str], steps: Sequence[dict[str, Any]], pace_ms: Sequence[int]) -> Iterator[Keystroke]:
    pauses = itertools.cycle(pace_ms)
    file, offset, seen, has_moved = "", 0, set[str](), False
    for step in steps:
        if "go" in step:
            file, has_moved = step["go"], True
            offset = files[file].index(step["after"]) + len(step["after"])
            continue
        for start, end, text, what in _changes(step, offset):
            files[file] = files[file][:start] + text + files[file][end:]
            offset = start + len(text)
            what = "cold" if file not in seen else ("moved" if has_moved else what)
            yield Keystroke(file, start, end, text, files[file], what, next(pauses))
            seen.add(file)
            has_moved = False


def _changes(step: dict[str, Any], offset: int) -> Iterator[tuple[int, int, str, str]]:
    if "erase" in step:
        for index in range(step["erase"]):
            yield offset - index - 1, offset - index, "", "erased"
    elif "accept" in step:
        yield offset, offset, step["accept"], "accepted"
    else:
        for index, character in enumerate(step["type"]):
            yield offset + index, offset + index, character, "typed"


def _written(step: dict[str, Any]) -> str:
    return str(step.get("type", step.get("accept", "")))
