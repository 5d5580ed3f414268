"""Files of a workspace with a cursor in the first one, as tests of actions across files write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pylot.actions.edits import TextEdit, applied
from pylot.actions.offer import Place
from pylot.actions.workspace_code import WorkspaceCode
from pylot.index.symbols.table import SymbolTable
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols
from tests.support.marked_code import place_in

Edits = Mapping[str, Sequence[TextEdit]]


def changed(files: Mapping[str, str], plan: Callable[[Place, WorkspaceCode], Edits]) -> dict[str, str]:
    """Return the files that a plan changes, as they are then; its edits under an empty path are those of the first."""
    path, marked = next(iter(files.items()))
    place = place_in(marked, canonical_language("", path))
    texts = {**files, path: place.text}
    table = SymbolTable(None)
    for each, text in texts.items():
        table.open(each, read_symbols(text, canonical_language("", each)))
    edits = plan(place, WorkspaceCode(table, texts.get, path, place.language))
    return {each or path: applied(texts[each or path], found) for each, found in edits.items()}
