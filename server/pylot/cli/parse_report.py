"""What `pylot parse` says: as JSON values, and as lines for people.

Lines and columns count from 1, columns in characters, as editors show them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pylot.cli.terminal import paint
from pylot.syntax.bindings import FREE, Binding, FileBindings
from pylot.syntax.parsed_code import ParsedCode
from pylot.syntax.symbols import Definition, Import
from pylot.text.document_text import DocumentText
from pylot.text.positions import PositionEncoding

_Names = dict[int, list[dict[str, Any]]]


def report_values(code: ParsedCode, text: str) -> dict[str, Any]:
    """Return everything as JSON values; `scopes` and `free` are null for languages whose scopes are not known."""
    places = _Places(text)
    bindings = code.bindings
    names = _names(bindings, places) if bindings else {}
    return {
        "language": code.language,
        "lines": places.n_lines,
        "errors": [
            {"start": places.at(each.start), "end": places.at(each.end), "missing": each.missing}
            for each in code.problems
        ],
        "imports": [_import(each) for each in code.symbols.imports],
        "definitions": [_definition(code, each) for each in code.symbols.definitions],
        "scopes": _scopes(bindings, places, names) if bindings else None,
        "free": names.get(FREE, []) if bindings else None,
    }


def report_lines(code: ParsedCode, text: str) -> Iterator[str]:
    """Yield an outline: imports, definitions with their lines and complexity, and what does not parse."""
    places = _Places(text)
    n_errors = len(code.problems)
    yield paint(f"{code.language}, {places.n_lines} lines, {n_errors or 'no'} error{'s' * (n_errors != 1)}", "bold")
    for one in code.symbols.imports:
        names = ", ".join(name if name == local else f"{name} as {local}" for name, local in one.names)
        yield f"{one.line + 1:>5}  import {'.' * one.level}{one.module}{': ' if names else ''}{names}"
    for each in code.symbols.definitions:
        depth = each.qualified.count(".")
        n_ways = code.complexity.get(each, 1)
        note = paint(f"  complexity {n_ways}", "dim") if n_ways > 1 else ""
        yield f"{each.name_line + 1:>5}  {'  ' * depth}{each.signature or each.name}{note}"
    for problem in code.problems:
        place = places.at(problem.start)
        what = "something is missing" if problem.missing else "does not parse"
        yield paint(f"{place['line']:>5}  column {place['column']}: {what}", "red")


class _Places:
    def __init__(self, text: str) -> None:
        self._content = DocumentText(text)
        self.n_lines = self._content.n_lines

    def at(self, offset: int) -> dict[str, int]:
        place = self._content.position_at(offset, PositionEncoding.UTF32)
        return {"line": place.line + 1, "column": place.character + 1}


def _import(one: Import) -> dict[str, Any]:
    return {
        "module": one.module,
        "level": one.level,
        "line": one.line + 1,
        "alias": one.alias,
        "names": [{"name": name, "as": local} for name, local in one.names],
    }


def _definition(code: ParsedCode, each: Definition) -> dict[str, Any]:
    return {
        "name": each.name,
        "kind": each.kind,
        "qualified": each.qualified,
        "signature": each.signature,
        "documentation": each.doc,
        "bases": list(each.bases),
        "public": each.is_public,
        "startLine": each.start_line + 1,
        "endLine": each.end_line + 1,
        "nameAt": {"line": each.name_line + 1, "column": each.name_column + 1},
        "complexity": code.complexity.get(each),
    }


def _scopes(bindings: FileBindings, places: _Places, names: _Names) -> list[dict[str, Any]]:
    """Return the scopes in the order of the text; `parent` is an index into the list."""
    scopes = bindings.scopes
    order = sorted(range(len(scopes)), key=lambda index: (scopes[index].start, -scopes[index].end, index))
    ranks = {index: rank for rank, index in enumerate(order)}
    return [
        {
            "kind": scopes[index].kind,
            "name": scopes[index].name,
            "parent": ranks.get(scopes[index].parent),
            "start": places.at(scopes[index].start),
            "end": places.at(scopes[index].end),
            "names": names.get(index, []),
        }
        for index in order
    ]


def _names(bindings: FileBindings, places: _Places) -> _Names:
    found: _Names = {}
    for binding in bindings.bindings.values():
        found.setdefault(binding.scope, []).append(_binding(binding, places))
    return found


def _binding(binding: Binding, places: _Places) -> dict[str, Any]:
    return {
        "name": binding.name,
        "kind": binding.kind if binding.scope != FREE else "free",
        "definitions": [places.at(each.start) for each in binding.occurrences if each.is_definition],
        "references": [places.at(each.start) for each in binding.occurrences if not each.is_definition],
    }
