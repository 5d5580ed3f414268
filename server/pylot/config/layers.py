"""One source of settings each: a file, the editor, the environment or the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType

Key = tuple[str, ...]


class LayerKind(Enum):
    """Who speaks in a layer; later kinds override earlier ones."""

    SHIPPED = "shipped defaults"
    USER = "user file"
    WORKSPACE = "workspace file"
    EDITOR = "editor settings"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in the configuration that could not be used; `line` counts from 0.

    `message` never repeats a value, which might be a secret (T23).
    """

    message: str
    key: Key = ()
    path: Path | None = None
    line: int = 0

    @property
    def sentence(self) -> str:
        """The message with the place it concerns, for a log or a terminal."""
        place = f"{self.path.name}, line {self.line + 1}: " if self.path else ""
        name = f"{'.'.join(self.key)}: " if self.key else ""
        return f"{place}{name}{self.message}"


@dataclass(frozen=True, slots=True)
class Layer:
    """The values of one source; `lines` tells where in its file each key stands."""

    kind: LayerKind
    values: Mapping[str, object] = field(default_factory=dict)
    path: Path | None = None
    lines: Mapping[Key, int] = field(default_factory=lambda: MappingProxyType({}))

    def problem(self, key: Key, message: str) -> Problem:
        """Return a problem with the value at `key`, placed where its file has it."""
        line = next((self.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.lines), 0)
        return Problem(message, key, self.path, line)


def leaves(values: Mapping[str, object], parent: Key = ()) -> Iterator[tuple[Key, object]]:
    """Yield every value that is not a table, with its full key."""
    for name, value in values.items():
        key = (*parent, str(name))
        if isinstance(value, Mapping) and value:
            yield from leaves(value, key)
        else:
            yield key, value


def editor_layer(settings: Mapping[str, object]) -> Layer:
    """Return what the editor sent, with or without a `pylot` root, with tables or dotted keys."""
    root = settings.get("pylot")
    values: dict[str, object] = {}
    for key, value in leaves(root if isinstance(root, Mapping) else settings):
        put(values, tuple(part for name in key for part in name.split(".")), value)
    return Layer(LayerKind.EDITOR, values)


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """Return the values of variables named `PYLOT_<SECTION>__<KEY>`."""
    values: dict[str, object] = {}
    for name in sorted(environ):
        if name.startswith("PYLOT_") and "__" in name:
            key = tuple(name.removeprefix("PYLOT_").lower().split("__"))
            put(values, key, environ[name])
    return Layer(LayerKind.ENVIRONMENT, values)


def command_line_layer(assignments: Iterable[str]) -> tuple[Layer, list[Problem]]:
    """Return the values of `section.key=value` arguments."""
    values: dict[str, object] = {}
    problems = []
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        key = tuple(name.strip().split("."))
        if not equals or len(key) < 2 or not all(key):
            problems.append(Problem("Write overrides as section.key=value."))
            continue
        put(values, key, value)
    return Layer(LayerKind.COMMAND_LINE, values), problems


def readings(layer: Layer, value: object) -> list[object]:
    """Return what a value may mean: the environment and the command line only have text to say it in."""
    if layer.kind not in (LayerKind.ENVIRONMENT, LayerKind.COMMAND_LINE) or not isinstance(value, str):
        return [value]
    meanings: list[object] = [value]
    try:
        meanings.append(json.loads(value))
    except (ValueError, RecursionError):
        meanings.append([part.strip() for part in value.split(",") if part.strip()])
    return meanings


def put(values: dict[str, object], key: Key, value: object) -> None:
    """Set a value at a full key, making the tables on the way."""
    for name in key[:-1]:
        child = values.get(name)
        if not isinstance(child, dict):
            child = values[name] = {}
        values = child
    values[key[-1]] = value
