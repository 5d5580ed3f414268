"""Symbols of broken code: nothing raises, and every place is one of the text (L3, T12)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.syntax.grammars import INDEXED_LANGUAGES
from pylot.syntax.symbols import FileSymbols, read_symbols

SOURCES = {
    path.stem: path.read_text(encoding="utf-8").partition("\n====")[0]
    for path in (Path(__file__).parents[2] / "golden" / "syntax" / "symbols").glob("*.txt")
}
PIECES = st.sampled_from([*"(){}[]:;,'\"`#<=.@ \n\t\r\0", "é😀", "\ud800", "\u2028", '"""', "/*", "end", "def "])
CUTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2), PIECES), min_size=1, max_size=4)


@pytest.mark.parametrize("language", INDEXED_LANGUAGES)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(cuts=CUTS)
def test_every_place_is_one_of_the_text(language: str, cuts: list[tuple[float, float, str]]) -> None:
    text = SOURCES[language]
    for start, length, piece in cuts:
        place = int(start * len(text))
        text = text[:place] + piece + text[place + int(length * len(text)) :]

    symbols = read_symbols(text, language)

    assert symbols.state == "parsed"
    check_places(symbols, re.split("\r\n|\r|\n", text))


def check_places(symbols: FileSymbols, lines: list[str]) -> None:
    for one in symbols.definitions:
        assert 0 <= one.start_line <= one.name_line <= one.end_line < len(lines)
        assert one.qualified.endswith(one.name)
        assert "\n" not in one.signature + one.name + one.doc
        assert one.name_column <= len(lines[one.name_line])
    for reference in symbols.references:
        line = lines[reference.line].replace("\ud800", "\ufffd")
        assert line[reference.column : reference.column + len(reference.name)] == reference.name
    assert all(0 <= one.line < len(lines) for one in symbols.imports)
