"""Reading a program's arguments by a list of what it may be given; whatever is not on the list is not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Operands: TypeAlias = Literal["paths", "pattern", "text", "none"]


@dataclass(frozen=True, slots=True)
class Reader:
    """What a program that only reads may be given (T4).

    `letters` are short flags, `valued` those with a value; `words` and `valued_words` are their long counterparts,
    exact and never shortened; `maybe_valued` take a value only after `=`. `operands` says what the rest is: files,
    a pattern and then files, or text. Flags in `path_flags` have a path as their value, those in `pattern_flags` the
    pattern, those in `descending` make it enter folders.
    `shows_content` tells whether it prints what is in the files, or only that they are there. `skips_ignored` says that
    it passes over what git ignores, unless one of the flags in `unhiding` is given.
    """

    letters: str = ""
    valued: str = ""
    words: tuple[str, ...] = ()
    valued_words: tuple[str, ...] = ()
    maybe_valued: tuple[str, ...] = ()
    operands: Operands = "paths"
    most: int = 1000
    least: int = 0
    counts: bool = False
    path_flags: tuple[str, ...] = ()
    pattern_flags: tuple[str, ...] = ()
    descending: tuple[str, ...] = ()
    always_descends: bool = False
    shows_content: bool = True
    skips_ignored: bool = False
    unhiding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a command reads, once its arguments are understood: paths, and whether it goes into folders."""

    paths: tuple[str, ...] = ()
    descends: bool = False
    shows_content: bool = True
    skips_ignored: bool = False


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The argument that is not on the list."""

    argument: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Arguments taken apart: the flags by name, and where the operands stand, in front of `--` and behind it."""

    flags: frozenset[str]
    operands: tuple[int, ...]
    behind: tuple[int, ...] | None


def taken_apart(arguments: Sequence[str], reader: Reader) -> Parts | NotUnderstood:
    """Return which of a program's arguments (without its name) are flags and which are not."""
    walk = _Walk(reader)
    reading = walk.walk(arguments)
    return reading if isinstance(reading, NotUnderstood) else walk.parts(arguments)


def read_arguments(arguments: Sequence[str], reader: Reader) -> Reading | NotUnderstood:
    """Return what a program reads when it is given these arguments (without its name)."""
    return _Walk(reader).walk(arguments)


class _Walk:
    """One pass over the arguments, as getopt makes it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._operands: list[str] = []
        self._flags: set[str] = set()
        self._paths: list[str] = []
        self._places: list[int] = []
        self._behind: int | None = None

    def walk(self, arguments: Sequence[str]) -> Reading | NotUnderstood:
        """Read all arguments; flags may stand between operands, until `--`."""
        rest = list(arguments)
        while rest:
            argument = rest.pop(0)
            if argument == "--":
                self._behind = len(arguments) - len(rest)
                self._operands += rest
                break
            if argument == "-" or not argument.startswith("-"):
                self._places.append(len(arguments) - len(rest) - 1)
                self._operands.append(argument)
            elif not (self._long(argument, rest) if argument.startswith("--") else self._short(argument, rest)):
                return NotUnderstood(argument)
        return self._result()

    def parts(self, arguments: Sequence[str]) -> Parts:
        """Return what was found where."""
        behind = None if self._behind is None else tuple(range(self._behind, len(arguments)))
        return Parts(frozenset(self._flags), tuple(self._places), behind)

    def _long(self, argument: str, rest: list[str]) -> bool:
        name, equals, value = argument[2:].partition("=")
        if name in self._reader.valued_words:
            if not equals:
                if not _is_value(rest):
                    return False
                value = rest.pop(0)
            self._note(name, value)
            return True
        if name in self._reader.maybe_valued or (name in self._reader.words and not equals):
            self._flags.add(name)
            return True
        return False

    def _short(self, argument: str, rest: list[str]) -> bool:
        if self._reader.counts and argument[1:].isascii() and argument[1:].isdigit():
            return True
        letters = argument[1:]
        for index, letter in enumerate(letters):
            if letter in self._reader.valued:
                value = letters[index + 1 :]
                if not value:
                    if not _is_value(rest):
                        return False
                    value = rest.pop(0)
                self._note(letter, value)
                return True
            if letter not in self._reader.letters:
                return False
            self._flags.add(letter)
        return True

    def _note(self, flag: str, value: str) -> None:
        self._flags.add(flag)
        if flag in self._reader.path_flags:
            self._paths.append(value)

    def _result(self) -> Reading | NotUnderstood:
        reader, operands = self._reader, self._operands
        if reader.operands == "none" and operands:
            return NotUnderstood(operands[0])
        if reader.operands == "pattern" and self._flags.isdisjoint(reader.pattern_flags):
            if not operands:
                return NotUnderstood("")
            operands = operands[1:]
        if len(operands) > reader.most:
            return NotUnderstood(operands[reader.most])
        if len(operands) < reader.least:
            return NotUnderstood("")
        descends = reader.always_descends or not self._flags.isdisjoint(reader.descending)
        paths = [] if reader.operands == "text" else [operand for operand in operands if operand != "-"]
        if descends and not operands:
            paths = ["."]
        skips_ignored = reader.skips_ignored and self._flags.isdisjoint(reader.unhiding)
        return Reading((*paths, *self._paths), descends, reader.shows_content, skips_ignored)


def _is_value(rest: Sequence[str]) -> bool:
    """Tell whether the next argument may be a flag's value; what looks like a flag may be one to the program."""
    return bool(rest) and (not rest[0].startswith("-") or rest[0][1:].isdigit())
