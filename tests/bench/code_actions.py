"""How long a list of code actions takes on a long file (issue 8, 5): `python -m tests.bench.code_actions`."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from pylot.actions.offer import Place
from pylot.actions.refactorings import REFACTORINGS
from pylot.syntax.code_nodes import Code, read_code_nodes
from tests.support.real_text import real_text

_N_PLACES = 100


def main() -> None:
    """Print the median and the 95th percentile, for cursors and selections and for the first list after a key."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    text = file.read_text(encoding="utf-8") if file else real_text(2_000, "textwrap")
    language = {".py": "python", ".js": "javascript", ".ts": "typescript"}[file.suffix if file else ".py"]
    chance = random.Random(8)
    code = read_code_nodes(text, language)
    assert code is not None
    places = [chance.randrange(len(text) - 40) for _ in range(_N_PLACES)]
    _report("cursor", [_timed(text, language, at, at, code) for at in places])
    _report("selection", [_timed(text, language, at, at + chance.randrange(40), code) for at in places])
    first = []
    for at in places[:20]:
        changed = f"{text[:at]} {text[at:]}"
        start = time.perf_counter()
        fresh = read_code_nodes(changed, language, code)
        _list(changed, language, at, at, fresh)
        first.append(time.perf_counter() - start)
    _report("first after a key", first)


def _timed(text: str, language: str, first: int, last: int, code: Code) -> float:
    start = time.perf_counter()
    _list(text, language, first, last, code)
    return time.perf_counter() - start


def _list(text: str, language: str, first: int, last: int, code: Code | None) -> None:
    place = Place(text, language, first, last, "/project/file", code)
    for each in REFACTORINGS:
        list(each.offers(place))


def _report(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    median, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    print(f"{what}: {median * 1000:.1f} ms median, {late * 1000:.1f} ms at the 95th percentile")


if __name__ == "__main__":
    main()
