"""An answer holds exactly as long as nothing but its own beginning was typed (T9: no stale suggestion)."""

from __future__ import annotations

import pytest

from pylot.completion.lookup import Place, Remaining, Typed, remaining, still_agrees, typed_since


def place(marked: str) -> Place:
    prefix, suffix = marked.split("‸")
    return Place(prefix, suffix)


@pytest.mark.parametrize(
    ("earlier", "now", "typed"),
    [
        ("a = ‸\nb", "a = ‸\nb", Typed("")),
        ("a = ‸\nb", "a = fo‸\nb", Typed("fo")),
        ("a = ‸\nb", "a = fo(‸)\nb", Typed("fo(", ")")),
        ("a = ‸\nb", 'a = fo(["‸"])\nb', Typed('fo(["', '"])')),
        ("a = ‸\nb", "a = f()‸\nb", Typed("f()")),
        ("a = ‸\nb", "a = fo‸)\nb", None),
        ("a = ‸\nb", "a = ‸\nc", None),
        ("a = ‸\nb", "a =‸\nb", None),
        ("a = ‸\nb", "x = fo‸\nb", None),
        ("a = ‸\nb", "a = fo‸", None),
    ],
)
def test_what_was_typed(earlier: str, now: str, typed: Typed | None) -> None:
    assert typed_since(place(earlier), place(now)) == typed


@pytest.mark.parametrize(
    ("answer", "typed", "rest"),
    [
        ("foo(x)", Typed(""), Remaining("foo(x)", 0)),
        ("foo(x)", Typed("fo"), Remaining("o(x)", 0)),
        ("foo(x)", Typed("foo(", ")"), Remaining("x)", 1)),
        ('foo("x")', Typed('foo("', '")'), Remaining('x")', 2)),
        ("foo(\n", Typed("foo(", ")"), Remaining("\n", 0)),
        ("foo(x)", Typed("foo(x)"), None),
        ("foo(x)", Typed("fa"), None),
        ("foo(x)", Typed("foo(x) + 1"), None),
    ],
)
def test_what_remains(answer: str, typed: Typed, rest: Remaining | None) -> None:
    assert remaining(answer, 0, typed) == rest


@pytest.mark.parametrize(
    ("stream", "typed", "agrees"),
    [("", "fo", True), ("f", "fo", True), ("foo", "fo", True), ("fa", "fo", False), ("fa", "f", True)],
)
def test_a_stream_goes_on_while_it_agrees(stream: str, typed: str, agrees: bool) -> None:
    assert still_agrees(stream, Typed(typed)) == agrees
