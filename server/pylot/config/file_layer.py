"""Configuration files: TOML or YAML, read so that no content can hurt."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from pylot.config.layers import Key, Layer, LayerKind, Problem

LARGEST_FILE = 1 << 20

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\s*$")


class _UnusableFileError(Exception):
    """The file as a whole cannot be used."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def read_layer(path: Path, kind: LayerKind, previous: Layer | None = None) -> tuple[Layer, list[Problem]]:
    """Return the layer that a `.toml`, `.yaml` or `.yml` file holds, and what is wrong with the file.

    A file that is not there is an empty layer.
    One that cannot be read or parsed leaves `previous` in force, the last good version of the whole layer.
    """
    try:
        text = _read_text(path)
        if text is None:
            return Layer(kind, {}, path), []
        values, lines = _parse_toml(text) if path.suffix == ".toml" else _parse_yaml(text)
    except _UnusableFileError as error:
        kept = "the last good version stays in force" if previous and previous.values else "the file is ignored"
        problem = Problem(f"{error}; {kept}.", (), path, error.line)
        return previous or Layer(kind, {}, path), [problem]
    return Layer(kind, values, path, lines), []


def _read_text(path: Path) -> str | None:
    try:
        # A FIFO or a device would block for ever when opened.
        if not stat.S_ISREG(path.stat().st_mode):
            raise _UnusableFileError("This is not a regular file")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _UnusableFileError(f"The file cannot be read ({error.strerror})") from error
    if len(data) > LARGEST_FILE:
        raise _UnusableFileError("The file is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n")
        raise _UnusableFileError("The file is not UTF-8 text", line) from error


def _parse_toml(text: str) -> tuple[dict[str, Any], dict[Key, int]]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Only the place is taken from the parser's text, which may quote the file.
        place = _PLACE.search(str(error))
        last = text.rstrip().count("\n")
        line = int(place[1]) - 1 if place and place[1] else last
        raise _UnusableFileError("This is not valid TOML", line) from error
    except RecursionError as error:
        raise _UnusableFileError("The file is nested too deeply") from error
    return values, _toml_lines(text)


def _toml_lines(text: str) -> dict[Key, int]:
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.split("\n")):
        if match := _TABLE.match(line):
            table = _split_key(match[1])
            lines.setdefault(table, number)
        elif match := _ASSIGNMENT.match(line):
            lines.setdefault((*table, *_split_key(match[1])), number)
    return lines


def _split_key(name: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _parse_yaml(text: str) -> tuple[dict[str, Any], dict[Key, int]]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Refuse aliases, which let a short file grow without limit."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                mark = self.get_mark()
                raise _UnusableFileError("YAML aliases are not supported here", mark.line)
            return super().compose_node(parent, index)

    loader = Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        values = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _UnusableFileError("This is not valid YAML", mark.line if mark else 0) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _UnusableFileError("This is not valid YAML") from error
    except RecursionError as error:
        raise _UnusableFileError("The file is nested too deeply") from error
    finally:
        loader.dispose()
    if not isinstance(values, dict):
        raise _UnusableFileError("The file must hold sections, each with its keys")
    lines: dict[Key, int] = {}
    _collect_yaml_lines(node, (), lines)
    return values, lines


def _collect_yaml_lines(node: Any, parent: Key, lines: dict[Key, int]) -> None:
    if node.id != "mapping":
        return
    for key_node, value_node in node.value:
        key = (*parent, str(key_node.value))
        lines[key] = key_node.start_mark.line
        _collect_yaml_lines(value_node, key, lines)
