"""What the symbol table knows of a file's surroundings, made ready for the keystrokes to come."""

from __future__ import annotations

from collections.abc import Callable

from pylot.completion.known_symbols import FileKnowledge, KnownDefinition, OwnDefinition
from pylot.index.symbols.resolve import Found
from pylot.index.symbols.table import SymbolTable
from pylot.syntax.symbols import CLASSES

_MOST_IMPORTED = 200
_MOST_MEMBERS = 40
_MOST_EXPORTED = 40


def knowledge_of(table: SymbolTable, path: str, may_use: Callable[[str], bool]) -> FileKnowledge:
    """Return what a file imports and inherits; `may_use` is the exclusion gate for the path of another file.

    Takes some milliseconds, so it runs beside the typing and not in its way. Raises StorageError.
    """
    symbols = table.symbols(path)
    if symbols is None:
        return FileKnowledge()
    imported: dict[str, KnownDefinition] = {}
    for one in table.imports(path):
        found = one.found
        if found is not None and found.path != path and one.local not in ("", "*") and may_use(found.path):
            imported.setdefault(one.local, _known(table, one.local, found))
            if len(imported) == _MOST_IMPORTED:
                break
    inherited = {}
    for definition in symbols.definitions:
        if definition.kind in CLASSES and definition.bases:
            bases = (table.lookup(path, base) for base in definition.bases)
            elsewhere = [base for base in bases if base is not None and base.path != path and may_use(base.path)]
            inherited[definition.name] = tuple(_known(table, _name_of(base), base) for base in elsewhere)
    own = tuple(
        OwnDefinition(each.signature, each.start_line, each.parent.rpartition(".")[2])
        for each in symbols.definitions
        if each.kind != "section"
    )
    names = [one.local for one in table.imports(path) if one.local not in ("", "*")]
    names += [each.name for each in symbols.definitions if each.kind != "section"]
    return FileKnowledge(tuple(imported.values()), inherited, own, tuple(dict.fromkeys(names)))


def _known(table: SymbolTable, name: str, found: Found) -> KnownDefinition:
    definition = found.definition
    if definition is None:
        symbols = table.symbols(found.path)
        exported = [each for each in symbols.definitions if not each.parent and each.is_public] if symbols else []
        members = tuple(each.signature for each in exported[:_MOST_EXPORTED])
        return KnownDefinition(name, "module", found.path, f"module {name}", members=members)
    members = ()
    if definition.kind in CLASSES:
        members = tuple(each.definition.signature for each in table.members(found) if each.definition)[:_MOST_MEMBERS]
    return KnownDefinition(name, definition.kind, found.path, definition.signature, definition.doc, members)


def _name_of(found: Found) -> str:
    return found.definition.name if found.definition else found.path
