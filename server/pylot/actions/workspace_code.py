"""The files of a workspace as an action has to see them: as they are now, every one of them or a refusal (L2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pylot.actions.shapes import SCRIPTS
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import Code, read_code_nodes
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols

ReadText = Callable[[str], str | None]
"""Return the present text of a file of the workspace, or None where Pylot may not read it."""

_MOST_CHARACTERS = 1 << 26
_FAMILIES = (frozenset({"python"}), SCRIPTS)


class WorkspaceCode:
    """Read and parse the files around one file, which is `path` of the symbol table; used by one action, in one thread.

    The table may be behind the files, so it is told what a file holds as soon as one is parsed.
    """

    def __init__(self, table: SymbolTable, read: ReadText, path: str, language: str) -> None:
        self.table, self.path, self.language = table, path, language
        self._read = read
        self._family = next((each for each in _FAMILIES if language in each), frozenset({language}))
        self._codes: dict[str, Code] = {}
        self._texts: dict[str, str | None] = {}
        self._room = _MOST_CHARACTERS
        # What the index knows of files that Pylot may not read any more is never judged, only refused.
        self._paths = [each for each in {*table.paths(), path} if self._language_of(each) in self._family]
        self._paths.sort()

    def code(self, path: str) -> Code:
        """Return the tree of a file.

        Raises:
            ActionRefusedError: the file cannot be read, or something in it does not parse.
        """
        if path not in self._codes:
            text = self.text(path)
            code = read_code_nodes(text, self._language_of(path)) if text is not None else None
            if text is None or code is None or code.bindings is None:
                raise ActionRefusedError(f"{path} may use this name, and Pylot cannot read it.")
            if code.tree.error_count:
                raise ActionRefusedError(f"{path} uses this name, and not all of it parses.")
            self.table.open(path, read_symbols(text, self._language_of(path)))
            self._codes[path] = code
        return self._codes[path]

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None where Pylot may not read it.

        In a workspace that is not too large every file is read once.
        """
        if path in self._texts:
            return self._texts[path]
        text = self._codes[path].text if path in self._codes else self._read(path)
        self._room -= len(text or "")
        if self._room > 0:
            self._texts[path] = text
        return text

    def naming(self, words: Iterable[str]) -> list[str]:
        """Return the files in languages that can import the file, in order, whose text has one of these words."""
        listed = "|".join(map(re.escape, sorted(words)))
        pattern = re.compile(rf"(?<![\w$])(?:{listed})(?![\w$])")
        return [path for path in self._paths if self._has(path, pattern)]

    def _has(self, path: str, pattern: re.Pattern[str]) -> bool:
        text = self.text(path)
        if text is not None:
            return pattern.search(text) is not None
        return any(pattern.fullmatch(each.name) for each in self.table.references_in(path))

    def _language_of(self, path: str) -> str:
        return self.language if path == self.path else canonical_language("", path)
