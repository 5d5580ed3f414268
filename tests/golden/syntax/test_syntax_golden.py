"""What Pylot makes of places in source text, one file of cases per language (issue 2, "Completion").

A case begins with `### multiline REASON`, `### place WHAT`, `### validity REASON` or `### block_end`.
`‸` is the cursor. In the last two kinds the completion goes from there to `◂`, behind which the text goes on;
`¦` in it is where `block_end` cuts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from pylot.syntax.blocks import block_end, wants_multiline
from pylot.syntax.grammars import PARSED_LANGUAGES
from pylot.syntax.scopes import Place, place_at
from pylot.syntax.tree import parse
from pylot.syntax.validity import check_validity

FOLDER = Path(__file__).parent


def cases() -> list[ParameterSet]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("### ")[1:]:
            title, _, source = block.partition("\n")
            name = f"{path.stem}: {title}: {source[:40]!r}"
            found.append(pytest.param(path.stem, title, source.removesuffix("\n"), id=name))
    return found


@pytest.mark.parametrize(("language", "title", "source"), cases())
def test_golden(language: str, title: str, source: str) -> None:
    kind, _, expected = title.partition(" ")

    assert CHECKS[kind](language, source) == (expected or source)


@pytest.mark.parametrize("language", PARSED_LANGUAGES)
def test_every_language_has_every_kind_of_case(language: str) -> None:
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")

    assert [kind for kind in CHECKS if f"### {kind}" not in text] == []


def multiline(language: str, source: str) -> str:
    before, after = source.split("‸")
    text = before + after
    return wants_multiline(language, text, len(before), parse(language, text)).reason.value


def place(language: str, source: str) -> str:
    before, after = source.split("‸")
    tree = parse(language, before + after)
    assert tree is not None
    return _name(place_at(tree, len(before)))


def validity(language: str, source: str) -> str:
    before, rest = source.split("‸")
    insertion, after = rest.split("◂")
    text = before + after
    return check_validity(language, text, len(before), len(before), insertion, parse(language, text)).reason.value


def cut(language: str, source: str) -> str:
    before, rest = source.split("‸")
    marked, after = rest.split("◂")
    completion = marked.replace("¦", "")
    kept = block_end(language, before, completion, after)
    _check_stream(language, before, completion, after, kept)
    return f"{before}‸{completion[:kept]}¦{completion[kept:]}◂{after}"


def _check_stream(language: str, before: str, completion: str, after: str, kept: int) -> None:
    """Whoever stops a stream at the first cut has what the whole completion would have given."""
    for length in range(1, len(completion)):
        cut = block_end(language, before, completion[:length], after, finished=False)
        if cut < length:
            assert cut == kept, completion[:length]
            return


CHECKS = {"multiline": multiline, "place": place, "validity": validity, "block_end": cut}


def _name(place: Place) -> str:
    names = {
        "comment": place.in_comment,
        "import": place.in_import,
        "string": place.in_string,
        "empty_block": place.starts_empty_block,
    }
    return next((name for name, holds in names.items() if holds), "code")
