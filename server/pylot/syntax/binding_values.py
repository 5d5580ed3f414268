"""What every name in a text is bound to, as plain values; places are offsets that count code points."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

ScopeKind = Literal["module", "class", "function", "comprehension", "type parameters", "block", "namespace"]
BindingKind = Literal["variable", "parameter", "function", "class", "type", "import"]
Form = Literal["name", "type", "component", "import", "dotted import", "shorthand", "export", "property"]
"""How a name is written: alone, as a type, as a tag of JSX, or so that it also names what an import takes over, a
property or an export."""

FREE = -1
"""The owner of a name that the text itself does not define."""


class Occurrence(NamedTuple):
    """One place of a name; `line` counts from 0, `scope` is where it is looked up.

    A place that is no definition `sets` the name where something is assigned to what is there already.
    """

    start: int
    end: int
    line: int
    scope: int
    is_definition: bool
    form: Form = "name"
    sets: bool = False


class Keyword(NamedTuple):
    """One argument that a call names (`width=3`): the last part of what is called, and what else is handed over.

    `owner` is the scope of the called name where that stands alone, and None for anything else.
    """

    name: str
    start: int
    end: int
    line: int
    callee: str
    owner: int | None
    others: frozenset[str] = frozenset()


class Taken(NamedTuple):
    """One name that the text takes from another file, as it is called there; `line` is that of its statement.

    Its form is `import` where it keeps its name here, `export` where it is handed on, and `name` where it gets another.
    """

    name: str
    start: int
    end: int
    line: int
    form: Form


class Member(NamedTuple):
    """One member of something that dots alone lead to: the names before it, and where the first is looked up."""

    name: str
    start: int
    end: int
    owner: tuple[str, ...]
    scope: int


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the text with names of its own; `parent` is the index of the scope around it, FREE for the file.

    `global_names` are those that the scope looks up in the file. Of a function, `keyword_names` are the parameters
    that a call can name, and `decorators` the last parts of the names of what decorates it.
    """

    kind: ScopeKind
    name: str
    start: int
    end: int
    parent: int
    names: frozenset[str] = frozenset()
    global_names: frozenset[str] = frozenset()
    keyword_names: frozenset[str] = frozenset()
    decorators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """One name with one meaning and all its places in the order of the text.

    `scope` is FREE where it comes from elsewhere: a builtin, a star import, a global of the platform.
    """

    name: str
    scope: int
    kind: BindingKind
    occurrences: tuple[Occurrence, ...]


class Bindings(Mapping[tuple[int, str], Binding]):
    """Every binding by its scope and name, in the order of their first places; each is made when it is asked for.

    Asking for one, for those of a name or for those of a few lines costs little; going through all costs what all cost.
    """

    @abstractmethod
    def starting_at(self, offset: int) -> Binding | None:
        """Return the binding of the name that begins at a place."""

    @abstractmethod
    def touching(self, offset: int) -> Binding | None:
        """Return the binding of the name at a place, or right before it."""

    @abstractmethod
    def between(self, start: int, end: int) -> list[Binding]:
        """Return the bindings of the names that begin in a range, in the order of the text."""

    @abstractmethod
    def named(self, name: str) -> list[Binding]:
        """Return every binding of a name, whatever scope it belongs to."""


@dataclass(frozen=True, slots=True)
class FileBindings:
    """Every scope and binding of one text.

    `dynamic_scopes` look up names while they run (`locals()`, `eval`), `exported` are names that other files can get.
    """

    language: str
    scopes: Sequence[Scope]
    bindings: Bindings
    keywords: Sequence[Keyword] = ()
    dynamic_scopes: frozenset[int] = frozenset()
    exported: frozenset[str] = frozenset()
    taken: Sequence[Taken] = ()
    members: Sequence[Member] = ()

    def at(self, offset: int) -> Binding | None:
        """Return the binding of the name at a place, or right before it."""
        return self.bindings.touching(offset)

    def named(self, name: str) -> list[Binding]:
        """Return every binding of a name, whatever scope it belongs to."""
        return self.bindings.named(name)

    def owner_of(self, name: str, scope: int, assumed: int | None = None) -> int:
        """Return the scope that a name belongs to when it is looked up in another, as if `assumed` defined it."""
        return owner_of(self.scopes, name, scope, assumed)

    def is_within(self, scope: int, outer: int) -> bool:
        """Tell whether a scope is another one or lies in it."""
        while scope not in (outer, FREE):
            scope = self.scopes[scope].parent
        return scope == outer


def owner_of(scopes: Sequence[Scope], name: str, scope: int, assumed: int | None = None) -> int:
    """Return the scope that a name belongs to when it is looked up in another, as if `assumed` defined it."""
    sees_class = True
    while scope != FREE:
        here = scopes[scope]
        if name in here.global_names:
            return 0 if name in scopes[0].names or assumed == 0 else FREE
        if (name in here.names or scope == assumed) and (here.kind != "class" or sees_class):
            return scope
        # What surrounds a class's methods are not its names; only its type parameters still see them (PEP 695).
        sees_class = sees_class and here.kind == "type parameters"
        scope = here.parent
    return FREE
