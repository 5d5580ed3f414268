"""Scopes and bindings are read from whatever is there, finished or not (L1)."""

from __future__ import annotations

import pytest

from pylot.syntax.bindings import FREE, FileBindings, bindings_of_tree, parse_whole
from tests.support.real_text import real_text

PYTHON = """\
@a.b(c)
def f[T: int, *Ts](x, /, y=1, *z: T, k: "list[T]", **w) -> T:
    match x:
        case {"a": [p, *q], **r} | C(s=t) as u if u: del p, (q)
    with a as (b, *c), d: nonlocal e
    return lambda *v, o=x: {i: j for i, (j, *_) in x if i for l in i}
class C[T](B, m=M): type L[U] = list[U]; __all__ = ["é"]
from .m import (a as b, c); import d.e as g, h.i
"""
SCRIPT = """\
import d, {a as b, c}, * as ns from "m"; export {a, b as z} from "r"; export default class<T> extends D {}
const {k, l: {m = 1, ...n}} = o, f = async ({p}, ...q) => <A.B c={p}>{q}</A.B>;
enum E { X, Y = X } namespace N { export const v = 1 } declare global { var w: typeof d }
type M<T> = {[K in keyof T]: T[K] extends infer R ? [a: R] : never}; for (const i of x) { var h } try {} catch ({e}) {}
class Q { constructor(private q = 1) {} static { var s } @dec() m(this: Q): this is Q { return super[k] } }
"""


@pytest.mark.parametrize(("language", "text"), [("python", PYTHON), ("tsx", SCRIPT), ("typescript", SCRIPT)])
def test_code_that_stops_anywhere(language: str, text: str) -> None:
    for end in range(len(text)):
        assert consistent(read(language, text[:end]), text[:end])


def test_every_name_of_real_code_is_found_where_it_stands() -> None:
    text = real_text(400)

    assert consistent(read("python", text), text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", PYTHON.partition("\n")[0] + "\ndef g(): pass", {"a": FREE, "c": FREE, "g": 0}),
        ("javascript", "var a = b", {"a": 0, "b": FREE}),
    ],
)
def test_what_the_text_does_not_define_is_free(language: str, text: str, expected: dict[str, int]) -> None:
    assert {name: scope for scope, name in read(language, text).bindings} == expected


def read(language: str, text: str) -> FileBindings:
    tree = parse_whole(text, language)
    bindings = bindings_of_tree(tree) if tree else None
    assert bindings is not None
    return bindings


def consistent(bindings: FileBindings, text: str) -> bool:
    """Tell whether each place holds its name, and looking it up there leads to its scope."""
    return all(
        text[each.start : each.end] == binding.name and bindings.owner_of(binding.name, each.scope) == binding.scope
        for binding in bindings.bindings.values()
        for each in binding.occurrences
    )
