"""What a file defines, uses and imports, as plain values.

Lines count from 0 and end with the line that is named; columns count code points from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal[
    "module", "namespace", "class", "interface", "enum", "type", "function", "method", "field", "variable", "constant",
    "macro", "section",
]  # fmt: skip
"""The kinds of definitions, named as LSP's SymbolKind names them; `section` is a heading, table, rule or key."""

State = Literal["parsed", "no grammar", "too large", "too slow"]

CLASSES: frozenset[str] = frozenset({"class", "interface", "enum", "type", "namespace", "module"})
CALLABLES: frozenset[str] = frozenset({"function", "method"})


class Definition(NamedTuple):
    """One thing with a name.

    `qualified` is the dotted path from the file's top (`Outer.inner`), `signature` one line of source without the
    body, `doc` the first line of its documentation, and the lines include decorators, not comments in front.
    `bases` are the classes it derives from as written.
    """

    name: str
    kind: Kind
    qualified: str
    start_line: int
    end_line: int
    name_line: int
    name_column: int
    signature: str
    doc: str = ""
    bases: tuple[str, ...] = ()
    is_public: bool = True

    @property
    def parent(self) -> str:
        """The qualified name of what it is defined in, or an empty string at the file's top."""
        return self.qualified[: -len(self.name)].rstrip(".")


class Reference(NamedTuple):
    """One place that uses a name; `receiver` is what stands before the dot, if that is short and on one line.

    Kept are called names, members behind a dot, types, and the names that the file itself imports or defines
    outside of functions: what other files could mean. Locals are left out.
    """

    name: str
    line: int
    column: int
    receiver: str = ""
    is_call: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `names` pairs each imported name with the one it is used by; `*` is everything.

    `module` is as written, without Python's leading dots, which `level` counts. An import without names binds
    the module itself: by `alias`, or in Python by the first part of its name.
    """

    module: str
    names: tuple[tuple[str, str], ...] = ()
    level: int = 0
    line: int = 0
    alias: str = ""
    is_reexport: bool = False

    def local_name(self, language: str) -> str:
        """Return the name that the module itself is bound to, empty where it is not."""
        if self.names or self.alias:
            return self.alias
        return self.module.partition(".")[0] if language == "python" else ""


@dataclass(frozen=True, slots=True)
class FileSymbols:
    """All symbols of one file, in the order of the text.

    `exports` are the names that the file lists as public (`__all__`), or None where it lists none; `package` is
    the package or namespace that the file says it belongs to.
    """

    language: str
    state: State
    definitions: tuple[Definition, ...] = ()
    references: tuple[Reference, ...] = ()
    imports: tuple[Import, ...] = ()
    exports: tuple[str, ...] | None = None
    package: str = ""
