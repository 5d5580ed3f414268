"""The symbols of a text in each language: a source, a line of `=`, and what is read from it (L3).

Lines of the answer count from 1. `UPDATE_GOLDEN=1` writes the answers anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylot.syntax.symbols import Definition, FileSymbols, Import, Reference, read_symbols

FOLDER = Path(__file__).parent / "symbols"
RULE = "\n" + "=" * 80 + "\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_symbols(path: Path) -> None:
    source, _, expected = path.read_text(encoding="utf-8").partition(RULE)
    found = page(read_symbols(source, path.stem))
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(source + RULE + found, encoding="utf-8")
        expected = found

    assert found == expected


def page(symbols: FileSymbols) -> str:
    lines = [f"state {symbols.state}"] if symbols.state != "parsed" else []
    lines += [f"package {symbols.package}"] if symbols.package else []
    lines += [f"exports {' '.join(symbols.exports)}"] if symbols.exports is not None else []
    lines += map(_definition, symbols.definitions)
    lines += map(_import, symbols.imports)
    lines += map(_reference, symbols.references)
    return "\n".join(lines) + "\n"


def _definition(one: Definition) -> str:
    doc = f"  # {one.doc}" if one.doc else ""
    bases = f"  < {', '.join(one.bases)}" if one.bases else ""
    private = "" if one.is_public else "private "
    place = f"{one.start_line + 1}-{one.end_line + 1} {one.name_line + 1}:{one.name_column}"
    return f"{place} {private}{one.kind} {one.qualified}: {one.signature}{bases}{doc}"


def _import(one: Import) -> str:
    names = " ".join(name if name == local else f"{name}={local}" for name, local in one.names)
    alias = f" as {one.alias}" if one.alias else ""
    kind = "reexport" if one.is_reexport else "import"
    return f"{one.line + 1} {kind} {'.' * one.level}{one.module}{alias}: {names}".rstrip()


def _reference(one: Reference) -> str:
    receiver = f"{one.receiver}." if one.receiver else ""
    return f"{one.line + 1}:{one.column} uses {receiver}{one.name}{'()' if one.is_call else ''}"
