"""What a command would run, as argument lists: nothing is left for a shell to read (T4)."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from pylot.policy.actions import RunCommand, RunTests
from pylot.syntax.shell import NotPlain, Operator, Redirection, ShellPipeline, read_shell_line

When: TypeAlias = Literal["always", "success", "failure"]

_WHEN: dict[Operator, When] = {"": "always", ";": "always", "&&": "success", "||": "failure"}


class Pipeline(BaseModel):
    """Programs whose output is the next one's input, run in a folder, depending on how the last one run went.

    `when` is about the status of the last pipeline that was run; going from left to right gives what bash gives.
    `redirections` are those of each program, in their order; it is empty where there is none at all.
    `patterns` are words that stand for files; what is run has none left (`patterns.py`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    programs: tuple[tuple[str, ...], ...]
    cwd: str
    when: When = "always"
    redirections: tuple[tuple[Redirection, ...], ...] = ()
    patterns: tuple[tuple[int, ...], ...] = Field(default=(), exclude=True)


class CommandLine(BaseModel):
    """A command that can be run without a shell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipelines: tuple[Pipeline, ...]

    @property
    def programs(self) -> tuple[tuple[str, ...], ...]:
        """Every program that may be run, as its arguments."""
        return tuple(argv for pipeline in self.pipelines for argv in pipeline.programs)


class Opaque(BaseModel):
    """A line that only a shell can read, and `what` makes it so; it runs as a whole, in `bash -c`, or not at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: str
    what: str


def command_line(action: RunCommand | RunTests) -> CommandLine | Opaque:
    """Return what an action runs; a `cd FOLDER &&` in front becomes the folder of what follows."""
    if isinstance(action, RunTests):
        return CommandLine(pipelines=(Pipeline(programs=(action.argv,), cwd=action.cwd),))
    if action.argv is not None:
        return CommandLine(pipelines=(Pipeline(programs=(action.argv,), cwd=action.cwd),))
    line = action.line or ""
    pipelines = read_shell_line(line)
    if isinstance(pipelines, NotPlain):
        return Opaque(line=line, what=pipelines.what)
    return in_folders(pipelines, line, action.cwd)


def has_control_characters(argv: tuple[str, ...]) -> bool:
    """Tell whether an argument holds what cannot be shown as it is: control and format characters, line ends."""
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for word in argv for character in word)


def in_folders(pipelines: tuple[ShellPipeline, ...], line: str, cwd: str) -> CommandLine | Opaque:
    """Return what a line runs that was read; the folders that it enters first count from `cwd`."""
    done = 0
    while done < len(pipelines) - 1 and (folder := _entered(pipelines[done])) and pipelines[done + 1].operator == "&&":
        cwd = str(PurePath(cwd) / folder)
        done += 1
    rest = pipelines[done:]
    if any(command[0] == "cd" for pipeline in rest for command in pipeline.commands):
        return Opaque(line=line, what="a change of folder that is not the beginning of `cd FOLDER && ...`")
    # Whatever follows a change of folder is skipped when it fails, which the folder's own check stands for.
    if done and any(pipeline.operator != "&&" for pipeline in rest[1:]):
        return Opaque(line=line, what="a change of folder that only a part depends on")
    first, *others = (
        Pipeline(
            programs=pipeline.commands,
            cwd=cwd,
            when=_WHEN[pipeline.operator],
            redirections=pipeline.redirections,
            patterns=pipeline.patterns,
        )
        for pipeline in rest
    )
    return CommandLine(pipelines=(first.model_copy(update={"when": "always"}), *others))


def _entered(pipeline: ShellPipeline) -> str:
    """Return the folder of a lone `cd FOLDER`, or an empty string."""
    if pipeline.redirections or pipeline.patterns or len(pipeline.commands) != 1:
        return ""
    if len(pipeline.commands[0]) != 2 or pipeline.commands[0][0] != "cd":
        return ""
    folder = pipeline.commands[0][1]
    return "" if folder.startswith("-") else folder
