"""How long a list of code actions takes on a long file (issue 8, 5).

`python -m tests.bench.code_actions [FILE...]` takes the first 2,000 lines of each; run it on a quiet machine.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from pylot.actions.by_model.catalogue import ModelOffers
from pylot.actions.offer import Offerer, Place
from pylot.actions.refactorings import REFACTORINGS
from pylot.syntax.code_nodes import Code, read_code_nodes
from pylot.syntax.languages import canonical_language
from tests.support.real_text import real_text

_N_PLACES = 100
_N_LINES = 2_000
_OFFERERS: tuple[Offerer, ...] = (*REFACTORINGS, ModelOffers(lambda task: ""))


def main() -> None:
    """Print the median and the 95th percentile for cursors and selections and for the first list after a key."""
    for each in sys.argv[1:] or [""]:
        lines = Path(each).read_text(encoding="utf-8").splitlines(keepends=True) if each else []
        print(each or "textwrap, repeated")
        _measure("".join(lines[:_N_LINES]) or real_text(_N_LINES, "textwrap"), canonical_language("", each or "a.py"))


def _measure(text: str, language: str) -> None:
    chance = random.Random(8)
    code = read_code_nodes(text, language)
    assert code is not None
    places = [chance.randrange(len(text) - 40) for _ in range(_N_PLACES)]
    _list(text, language, 0, 1, code)
    _report("cursor", [_timed(text, language, at, at, code) for at in places])
    _report("selection", [_timed(text, language, at, at + chance.randrange(40), code) for at in places])
    first = []
    for at in places:
        # Somebody types a letter where a word ends, which may well break what is there, and takes it back.
        at = next(index for index in range(at, len(text)) if not text[index].isalnum())
        typed = f"{text[:at]}x{text[at:]}"
        start = time.perf_counter()
        changed = read_code_nodes(typed, language, code)
        _list(typed, language, at, at, changed)
        first.append(time.perf_counter() - start)
        code = read_code_nodes(text, language, changed)
        _list(text, language, at, at, code)
    _report("first after a key", first)


def _timed(text: str, language: str, first: int, last: int, code: Code) -> float:
    start = time.perf_counter()
    _list(text, language, first, last, code)
    return time.perf_counter() - start


def _list(text: str, language: str, first: int, last: int, code: Code | None) -> None:
    place = Place(text, language, first, last, "/project/file", code)
    for each in _OFFERERS:
        list(each.offers(place))


def _report(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    median, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    print(f"  {what}: {median * 1000:.1f} ms median, {late * 1000:.1f} ms at the 95th percentile")


if __name__ == "__main__":
    main()
