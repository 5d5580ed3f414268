"""Prompt templates: those that travel with Pylot, and the user's own in their place.

A template is a text file. A line `--- system`, `--- user` or `--- assistant` begins a message; a file without such
lines is one text. `${name}` is replaced, `$$` is a dollar sign; what is put in is never read as a template itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

from pylot.config.shipped import shipped_folder
from pylot.kernel.errors import ConfigError

_FOLDER = "prompts"
_SUFFIX = ".md"
_LARGEST_TEMPLATE = 1 << 16
_MESSAGE = re.compile(r"^--- (system|user|assistant)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_FENCE = re.compile(r"^\s*(`{3,})", re.MULTILINE)


class PromptMessage(NamedTuple):
    """One message of a prompt; `role` is `system`, `user` or `assistant`."""

    role: str
    text: str


class Prompts:
    """Fill in templates; one in the folder `prompts` of the user's configuration replaces the shipped one.

    Files are read when they are asked for, so that a change counts at once.
    """

    def __init__(self, configuration: Path | None = None) -> None:
        self._own = configuration / _FOLDER if configuration else None
        self._shipped = shipped_folder() / _FOLDER

    def names(self) -> list[str]:
        """Return the names of the shipped templates."""
        return sorted(path.stem for path in self._shipped.glob(f"*{_SUFFIX}"))

    def messages(self, name: str, values: Mapping[str, str]) -> list[PromptMessage]:
        """Return the messages that a template makes of values, without those that come to nothing.

        Raises:
            ConfigError: there is no such template, or it cannot be used.
        """
        pieces = _MESSAGE.split(self._source(name))
        if len(pieces) == 1:
            pieces = ["", "user", *pieces]
        # Messages are told apart before anything is put in, so that no value can begin one.
        texts = [self._filled(name, piece, values).strip() for piece in pieces[2::2]]
        return [PromptMessage(role, text) for role, text in zip(pieces[1::2], texts, strict=True) if text]

    def text(self, name: str, values: Mapping[str, str]) -> str:
        """Return what a template makes of values, as one text.

        Raises:
            ConfigError: there is no such template, or it cannot be used.
        """
        return "\n\n".join(message.text for message in self.messages(name, values))

    def _source(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ConfigError("The name of a prompt template has lower-case letters, digits and hyphens only.")
        for folder in (self._own, self._shipped):
            path = folder / f"{name}{_SUFFIX}" if folder else None
            if path is not None and path.is_file():
                return _read(path)
        raise ConfigError(f"There is no prompt template {name!r}.")

    def _filled(self, name: str, source: str, values: Mapping[str, str]) -> str:
        try:
            return Template(source).substitute(values)
        except KeyError as error:
            known = ", ".join(sorted(values))
            raise ConfigError(f"The prompt template {name!r} names {error.args[0]!r}; there are: {known}.") from None
        except ValueError:
            raise ConfigError(f"The prompt template {name!r} has a '$' that is neither '${{name}}' nor '$$'.") from None


def fenced(text: str, language: str = "") -> str:
    """Return a text in a fence of Markdown that it cannot close itself."""
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_TEMPLATE:
            raise ConfigError(f"The prompt template {path.name} is longer than 64 KiB.")
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt template {path.name} cannot be read.", detail=type(error).__name__) from None
