"""Recent answers are found again by typing through them and by deleting back to them."""

from __future__ import annotations

import pytest

from pylot.completion.answer_cache import Answer, AnswerCache
from pylot.completion.lookup import Place


def place(marked: str) -> Place:
    prefix, suffix = marked.split("‸")
    return Place(prefix, suffix)


def answer(text: str) -> Answer:
    return Answer(text, "model", 0.5)


def found(cache: AnswerCache, marked: str, scope: str = "a.py") -> list[tuple[str, int]]:
    return [(each.text, each.replace_right) for each in cache.find(scope, place(marked))]


@pytest.mark.parametrize(
    ("asked", "now", "expected"),
    [
        ("x = ‸\ny", "x = ‸\ny", [("foo(\n  a)", 0)]),
        ("x = ‸\ny", "x = fo‸\ny", [("o(\n  a)", 0)]),
        ("x = ‸\ny", "x = foo(‸)\ny", [("\n  a)", 1)]),
        ("x = ‸\ny", "x = foo(\n  ‸\ny", [("a)", 0)]),
        ("x = ‸\ny", "x = foo(\n  a)‸\ny", []),
        ("x = ‸\ny", "x = fa‸\ny", []),
        ("x = ‸\ny", "x =‸\ny", []),
        ("x = ‸\ny", "x = fo‸\nyy", []),
        ("x = ‸\ny", "z = fo‸\ny", []),
        ("w\nx = ‸\ny", "v\nx = fo‸\ny", []),
    ],
)
def test_find(asked: str, now: str, expected: list[tuple[str, int]]) -> None:
    cache = AnswerCache()
    cache.add("a.py", place(asked), answer("foo(\n  a)"))

    assert found(cache, now) == expected
    assert found(cache, now, scope="b.py") == []


def test_deleting_back_finds_the_earlier_answer() -> None:
    cache = AnswerCache()
    cache.add("a.py", place("x = ‸"), answer("foo()"))
    cache.add("a.py", place("x = b‸"), answer("ar()"))

    assert found(cache, "x = ba‸") == [("r()", 0)]
    assert found(cache, "x = ‸") == [("foo()", 0)]


def test_several_answers_come_latest_first() -> None:
    cache = AnswerCache()
    for text in ("foo()", "fox", "foo()"):
        cache.add("a.py", place("x = ‸"), answer(text))
    cache.add("a.py", place("x = f‸"), answer("our"))

    assert [text for text, _ in found(cache, "x = f‸")] == ["our", "oo()", "ox"]


def test_bounds() -> None:
    """Neither many answers nor answers in huge files pile up."""
    by_count = AnswerCache(max_answers=3)
    for number in range(10):
        by_count.add("a.py", place(f"{number}\nx = ‸"), answer("foo()"))
    by_size = AnswerCache(max_characters=250)
    for number in range(10):
        by_size.add("a.py", place(f"{number}{'.' * 100}\nx = ‸"), answer("foo()"))

    assert len(by_count) == 3
    assert len(by_size) == 2
    assert found(by_size, f"9{'.' * 100}\nx = ‸") == [("foo()", 0)]


def test_clear() -> None:
    cache = AnswerCache()
    cache.add("a.py", place("x = ‸"), answer("foo()"))
    cache.clear()

    assert found(cache, "x = ‸") == []
