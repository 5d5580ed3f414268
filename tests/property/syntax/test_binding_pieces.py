"""Names that are read with the help of an earlier version are those of the text as it is now (L1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.syntax.bindings import FileBindings, bindings_of_tree
from pylot.syntax.code_nodes import read_code_nodes

PYTHON = [
    "def f(a, *b: T, c=1):\n    global x\n    x, é = a, [y for y in b if (z := y)]\n    return lambda q: q + x\n",
    "@d\ndef g():\n    def h():\n        nonlocal n\n        n += 1\n        return 'enough', h, é, x\n    n = 0\n",
    "class C(B):\n    __all__ = ['x']\n    @property\n    def m(self) -> 'list[T]':\n        return self.a.b(k=x)\n",
    "    def o(self, p=x):\n        self.p = p\n        eval('x')\n        return super().o(p=self.p), C, x\n",
    *["from m import (a as b, c)\n", "x = 1\n", "'''", "(", ")", "\n", " ", "é = 2\n"],
]
SCRIPT = [
    "function f(a, {b, c = 1}) { var x = a; x += b; for (const i of c) { var h = i } return () => { eval(x) } }\n",
    "export class C { #p = 1; constructor(private q = 1) { this.q = x; }\n",
    "  m(é) { if (é) { var deep = [x, h]; ({x} = é); x++ } return () => { return deep.map(y => y + this.q) } }\n}\n",
    "describe('é', () => { it('a', () => { const k = f(1); expect(k.l.m).toBe(x) }); let n = 2 })\n",
    *["import {a as b, x} from 'm'\n", "var x = 1\n", "`", "{", "}", "(", ")", "\n", " ", "require(1)\n"],
]
GO = [
    "func f(a int) (r error) { x := a; if y := g(x); y > 1 { x, z := y, x; return h(z, x) }; x = 2; return nil }\n",
    "func (c *C) m(b ...int) { for i, v := range b { go func() { c.n(i, v, x) }() }; var w = func(q int) { w(q) } }\n",
    *["var x = 1\n", "{", "}", "é", "\n"],
]


def edits(pieces: list[str]) -> st.SearchStrategy[list[tuple[float, int, str]]]:
    """Places as parts of the text, how much goes, and what comes."""
    some = st.sampled_from(pieces)
    return st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 0, 1, 20]), some), min_size=2, max_size=8)


@pytest.mark.parametrize(("language", "pieces"), [("python", PYTHON), ("typescript", SCRIPT), ("go", GO)])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_reading_on_is_reading_anew(language: str, pieces: list[str], data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=8)))
    code = read_code_nodes(text, language)
    for place, n_gone, new in data.draw(edits(pieces)):
        at = int(place * len(text))
        text = text[:at] + new + text[at + n_gone :]
        code = read_code_nodes(text, language, code)
        assert code is not None
        assert code.bindings is not None
        anew = bindings_of_tree(code.tree)
        assert anew is not None

        assert everything(code.bindings) == everything(anew)


def everything(found: FileBindings) -> list[object]:
    return [
        list(each) for each in (found.scopes, found.bindings.items(), found.keywords, found.taken, found.members)
    ] + [
        found.dynamic_scopes,
        found.exported,
    ]
