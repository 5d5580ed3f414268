"""Patterns of file names in commands that only read: what they stand for is decided about, and run (T4).

A shell would look for them anew when it runs. Here they are looked for when it is decided, each file is judged like one
that was named, and exactly those are handed to the program.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from pylot.policy.actions import RunCommand, RunTests
from pylot.policy.arguments import Reading
from pylot.policy.command_line import CommandLine, Opaque, Pipeline, command_line, in_folders
from pylot.policy.paths import NoPlace, place_of
from pylot.policy.readers import understood
from pylot.policy.situation import Situation
from pylot.syntax.shell import NotPlain, read_shell_line

MOST_FILES = 500
_MOST_ENTRIES = 4000
_A_PATTERN = "a pattern of file names"


class _NotExpandedError(Exception):
    """What is in a pattern that is left to a shell."""


def command_in(action: RunCommand | RunTests, situation: Situation) -> CommandLine | Opaque:
    """Return what an action runs, with files in the place of patterns where all that has some only reads.

    What has a pattern otherwise is opaque, as for `command_line`.
    """
    line = command_line(action)
    if isinstance(line, CommandLine) or isinstance(action, RunTests) or action.sudo:
        return line
    read = read_shell_line(line.line, with_patterns=True)
    if isinstance(read, NotPlain) or isinstance(found := in_folders(read, line.line, action.cwd), Opaque):
        return line
    try:
        return CommandLine(pipelines=tuple(_expanded(pipeline, situation) for pipeline in found.pipelines))
    except _NotExpandedError as error:
        return Opaque(line=line.line, what=str(error))
    except OSError:
        return line


def decided_command(action: RunCommand | RunTests, normalised: Mapping[str, JsonValue]) -> CommandLine | Opaque:
    """Return what is to be run of an action that was decided about: with the files that its patterns stood for then."""
    line = command_line(action)
    pipelines = normalised.get("pipelines")
    if isinstance(line, CommandLine) or not isinstance(pipelines, list):
        return line
    return CommandLine(pipelines=tuple(map(_decided, pipelines)))


def _decided(pipeline: JsonValue) -> Pipeline:
    assert isinstance(pipeline, dict)
    programs = pipeline["programs"]
    assert isinstance(programs, list)
    argvs = [program["argv"] for program in programs if isinstance(program, dict)]
    known = {name: pipeline[name] for name in ("cwd", "when", "redirections") if name in pipeline}
    return Pipeline.model_validate({"programs": argvs, **known})


def _expanded(pipeline: Pipeline, situation: Situation) -> Pipeline:
    patterns = pipeline.patterns or ((),) * len(pipeline.programs)
    search = _Search(pipeline.cwd, situation)
    programs = [
        tuple(search.words(argv, places)) if places else argv
        for argv, places in zip(pipeline.programs, patterns, strict=True)
    ]
    for argv, places in zip(programs, patterns, strict=True):
        if places and not isinstance(understood(argv), Reading):
            raise _NotExpandedError(_A_PATTERN)
    return pipeline.model_copy(update={"programs": tuple(programs), "patterns": ()})


class _Search:
    """Looks for files from one folder on, as long as there are not too many; only in the workspace."""

    def __init__(self, cwd: str, situation: Situation) -> None:
        self._cwd = Path(cwd)
        self._situation = situation
        self._left = _MOST_ENTRIES

    def words(self, argv: Sequence[str], places: Sequence[int]) -> Iterator[str]:
        """Yield the words of a command, those at some places as the files that they stand for."""
        for index, word in enumerate(argv):
            # What fits no file stands for itself.
            yield from (self._fitting(word) or [word]) if index in places else [word]

    def _fitting(self, pattern: str) -> list[str]:
        """Return the files that a pattern stands for, in the order of their names; hidden ones have to be named."""
        parts = pattern.split("/")
        if "" in parts or ".." in parts or any("**" in part or (part[0] == "." and _is_open(part)) for part in parts):
            raise _NotExpandedError(_A_PATTERN)
        found = [""]
        for depth, part in enumerate(parts):
            is_last = depth == len(parts) - 1
            found = [path for before in found for path in self._below(before, part, is_last=is_last)]
            if len(found) > MOST_FILES:
                raise _NotExpandedError(f"{_A_PATTERN}, which more than {MOST_FILES} fit")
        return sorted(found)

    def _below(self, before: str, part: str, *, is_last: bool) -> Iterator[str]:
        """Yield what fits one part of a pattern in a folder."""
        folder = place_of(str(self._cwd / before), self._situation)
        if isinstance(folder, NoPlace) or not folder.inside or folder.is_own:
            raise _NotExpandedError(f"{_A_PATTERN} outside the workspace")
        prefix = f"{before}/" if before else ""
        if not _is_open(part):
            if not is_last or os.path.lexists(folder.resolved / part):
                yield prefix + part
            return
        fits = re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in part), re.DOTALL)
        for entry in self._entries(folder.resolved):
            if entry.name[0] != "." and fits.fullmatch(entry.name) and (is_last or entry.is_dir()):
                yield prefix + entry.name

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        with os.scandir(folder) if folder.is_dir() else contextlib.nullcontext(()) as entries:
            found = list(itertools.islice(entries, self._left + 1))
        self._left -= len(found)
        if self._left < 0:
            raise _NotExpandedError(
                f"{_A_PATTERN} for which more than {_MOST_ENTRIES} files would have to be looked at"
            )
        return found


def _is_open(part: str) -> bool:
    return "*" in part or "?" in part
