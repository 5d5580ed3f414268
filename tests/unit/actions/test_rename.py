"""A name is renamed everywhere that it means the same, nowhere else, or not at all (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.edits import applied
from pylot.actions.rename import place_to_rename, plan_rename
from pylot.actions.settings import ActionSettings
from pylot.kernel.errors import ActionRefusedError

PYTHON = [
    ("def f(‸a, b=1):\n    return a + b\n", "def f(x, b=1):\n    return x + b\n"),
    ("a = 1\ndef f(‸a):\n    return [a for a in a]\n", "a = 1\ndef f(x):\n    return [a for a in x]\n"),
    ("def f():\n    ‸a = 1\n    def g():\n        nonlocal a\n        a += 1\n    return g\n",
     "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n    return g\n"),
    ("‸a = 1\ndef f():\n    global a\n    a = 2\n", "x = 1\ndef f():\n    global x\n    x = 2\n"),
    ("‸a = 1\nclass C:\n    def a(self): return a, self.a\n", "x = 1\nclass C:\n    def a(self): return x, self.a\n"),
    ("a = 1\nclass C:\n    def f(self, ‸a=a): return a\n", "a = 1\nclass C:\n    def f(self, x=a): return x\n"),
    ("import ‸os\nos.path\n", "import os as x\nx.path\n"),
    ("from m import a as ‸b\nb()\n", "from m import a as x\nx()\n"),
    ("def f(‸a): ...\nf(a=1)\ng(a=2)\n", "def f(x): ...\nf(x=1)\ng(a=2)\n"),
    ("class C:\n    def __init__(self, ‸a): self.a = a\nC(a=1)\n",
     "class C:\n    def __init__(self, x): self.a = x\nC(x=1)\n"),
    ("class ‸A: ...\ndef f(a: 'A | None') -> list['A']: return 'A'\n",
     "class x: ...\ndef f(a: 'x | None') -> list['x']: return 'A'\n"),
    ("__all__ = ['‸a', 'b']\ndef a(): ...\n", "__all__ = ['x', 'b']\ndef x(): ...\n"),
    ("def f(o):\n    match o:\n        case [‸a, *r] if a: return a.a\n        case A(a=b): return b\n",
     "def f(o):\n    match o:\n        case [x, *r] if x: return x.a\n        case A(a=b): return b\n"),
    ("def f(‸a):\n    print(f'é {a!r:>{a}} a')\n", "def f(x):\n    print(f'é {x!r:>{x}} a')\n"),
    ("def f(o):\n    if (‸n := o): return [m for m in o if (n := m)], n\n",
     "def f(o):\n    if (x := o): return [m for m in o if (x := m)], x\n"),
    ("def f():\n    try: ...\n    except E as ‸e: raise e from None\n",
     "def f():\n    try: ...\n    except E as x: raise x from None\n"),
    ("def f():\n    with o() as (‸a, b): return a\n", "def f():\n    with o() as (x, b): return x\n"),
]  # fmt: skip
SCRIPT = [
    ("const ‸a = 1; { const a = 2; a } a;", "const x = 1; { const a = 2; a } x;"),
    ("function f(‸a) { return {a, b: a, a: o.a} }", "function f(x) { return {a: x, b: x, a: o.a} }"),
    ("const {‸a, b: {c = a}} = o; a", "const {a: x, b: {c = x}} = o; x"),
    ("import {‸a} from 'm'; a()", "import {a as x} from 'm'; x()"),
    ("const ‸a = 1; export {a}", "const x = 1; export {x as a}"),
    ("if (1) { var ‸a = 1 } a", "if (1) { var x = 1 } x"),
    ("try {} catch (‸a) { a }", "try {} catch (x) { x }"),
    ("a: for (const ‸a of b) { a; continue a }", "a: for (const x of b) { x; continue a }"),
    ("const a = function ‸f() { f() }; f()", "const a = function x() { x() }; f()"),
]
TYPED = [
    ("interface ‸A { a: A } let a: A[]", "interface x { a: x } let a: x[]"),
    ("function f<‸T>(a: T): T { return a }", "function f<x>(a: x): x { return a }"),
    ("const ‸a = 1; let b: typeof a", "const x = 1; let b: typeof x"),
    ("type A<U> = U extends (a: infer ‸R) => R ? R : U", "type A<U> = U extends (a: infer x) => x ? x : U"),
    ("function f(‸a: string): a is 'b' { return g(a) }", "function f(x: string): x is 'b' { return g(x) }"),
    ("let ‸a: [a: string]; a", "let x: [a: string]; x"),
]
DONE = [
    *(("python", *case) for case in PYTHON),
    *(("javascript", *case) for case in SCRIPT),
    *(("typescript", *case) for case in SCRIPT + TYPED),
]
REFUSED = [
    ("python", "def f(‸a, b): return a + b", "b", "The new name is taken in the same scope, on line 1."),
    ("python", "b = 1\ndef f(‸a):\n    return a + b", "b", "The new name would hide what it means on line 3."),
    ("python", "‸a = 1\ndef f(b):\n    return a + b", "b", "On line 3 the new name means something else already."),
    ("python", "‸a = 1\nprint(a)", "print", "The new name would hide what it means on line 2."),
    ("python", "‸a = 1", "class", "The new name is not a name in this language."),
    ("python", "‸a = 1", "x y", "The new name is not a name in this language."),
    ("python", "‸print(1)", "x", "This name is not defined in this file."),
    ("python", "class C:\n    def ‸f(self): ...", "x", "member"),
    ("python", "a.‸b = 1", "x", "There is no name here"),
    ("python", "import ‸a.b", "x", "package"),
    ("python", "def f(‸a): return locals()", "x", "while it runs"),
    ("python", "def f(‸a):\n    return (a", "x", "does not parse"),
    ("python", "def f(‸a): ...\npartial(f, a=1)", "x", "Line 2 hands over an argument"),
    ("python", "class C:\n    def f(self, ‸a): ...\nC().f(a=1)", "x", "Line 3 hands over an argument"),
    ("python", "‸a = 1\nclass C:\n    a = a\n", "x", "before it defines it"),
    ("python", "‸a = 1\nclass C:\n    a += 1\n", "x", "before it defines it"),
    ("python", "class ‸C:\n    __a = 1\nC._C__a\n", "x", "private names"),
    ("python", "@route\ndef f(‸a): ...", "x", "decorates"),
    ("python", "def test_it(‸tmp_path): ...", "x", "fixtures"),
    ("python", "@pytest.fixture\ndef ‸shop(): ...", "x", "fixture"),
    ("javascript", "let ‸a; { let b; a }", "b", "On line 1 the new name means something else already."),
    ("javascript", "function f(‸a) { eval('a') }", "x", "while it runs"),
    ("javascript", "const ‸A = () => 1; <A/>", "a", "capital"),
    ("typescript", "enum E { ‸A, B = A }", "x", "member"),
    ("typescript", "class C { constructor(private ‸a: string) {} }", "x", "member"),
    ("typescript", "const ‸A = 1; type A = 2; let b: A", "x", "a value and for a type"),
    ("typescript", "declare global { var ‸A: typeof globalThis extends { A: infer T } ? T : 1 }", "x", "member"),
    ("typescript", "import ‸A from 'a'; namespace N { type A = A.B }", "x", "a value and for a type"),
    ("ruby", "‸a = 1", "x", "Go, Java and Rust only"),
    ("go", "package p\nfunc f(‸a int) { x := 1; g(x) }", "x", "used in this file already, on line 2"),
    ("go", "package p\nvar ‸a = 1", "x", "not defined in this file"),
    ("java", "class C { int a; int f() { return ‸a; } }", "x", "not defined in this file"),
    ("java", "class C { void f(int ‸a) { new D() { int g() { return a; } }; } }", "x", "that of a field"),
    ("rust", "const A: i32 = 1; fn f() -> i32 { ‸A }", "x", "not defined in this file"),
    ("go", "package p\nfunc f(‸a int) {}", "range", "not a name"),
    ("python", "class C:\n    def f(self): self.‸__a = 1\n", "b", "begin with __"),
    ("python", "class C:\n    def f(self): self.‸__a = 1; self.__b = 1\n", "__b", "already"),
    ("python", "class C:\n    def f(self): self.‸__a = getattr(self, '_C__a')\n", "__b", "speaks of"),
]  # fmt: skip


OTHERS = [
    ("go", "package p\nfunc f(‸a int) int { b := a; a, c := g(a); return a + b + c }",
     "package p\nfunc f(x int) int { b := x; x, c := g(x); return x + b + c }"),
    ("go", "package p\nfunc f() { ‸a := 1; { a := a + 1; g(a) }; g(a) }",
     "package p\nfunc f() { x := 1; { a := x + 1; g(a) }; g(x) }"),
    ("go", "package p\nfunc f() { if ‸a, err := g(); err != nil { h(a) } else { i(a) }; h(a) }",
     "package p\nfunc f() { if x, err := g(); err != nil { h(x) } else { i(x) }; h(a) }"),
    ("go", "package p\nfunc f(b any) { switch ‸a := b.(type) { case int: g(a); default: h(a.a) } }",
     "package p\nfunc f(b any) { switch x := b.(type) { case int: g(x); default: h(x.a) } }"),
    ("go", "package p\nfunc f(b []int) { for _, ‸a := range b { g(func() int { return a }) } }",
     "package p\nfunc f(b []int) { for _, x := range b { g(func() int { return x }) } }"),
    ("java", "class C { int a; int f(int ‸a) { this.a = a; return a() + a; } int a() { return a; } }",
     "class C { int a; int f(int x) { this.a = x; return a() + x; } int a() { return a; } }"),
    ("java", "class C { void f() { for (int ‸a = 0; a < 3; a++) { g(b -> a + b); } } }",
     "class C { void f() { for (int x = 0; x < 3; x++) { g(b -> x + b); } } }"),
    ("java", "class C { void f() { try (A ‸a = b()) { a.c(); } catch (E e) { e.d(); } } }",
     "class C { void f() { try (A x = b()) { x.c(); } catch (E e) { e.d(); } } }"),
    ("rust", "fn f(‸a: i32) -> i32 { let a = a + 1; a }", "fn f(x: i32) -> i32 { let a = x + 1; a }"),
    ("rust", "fn f(b: S) { let S { ‸a, .. } = b; println!(\"{a} {}\", a.a); g(S { a }) }",
     "fn f(b: S) { let S { a: x, .. } = b; println!(\"{x} {}\", x.a); g(S { a: x }) }"),
    ("rust",
     "fn f(b: O) { if let Some(‸a) = b { g(a) } else { h(a) } match b { Some(a) if a > 1 => g(a), None => () } }",
     "fn f(b: O) { if let Some(x) = b { g(x) } else { h(a) } match b { Some(a) if a > 1 => g(a), None => () } }"),
    ("rust", "fn f(b: &[i32]) { b.iter().map(|‸a| a + 1); for a in b { g(a) } }",
     "fn f(b: &[i32]) { b.iter().map(|x| x + 1); for a in b { g(a) } }"),
]  # fmt: skip
PRIVATE = [
    ("python", "class C:\n    __a = 1\n    def f(self): return self.‸__a\nclass D:\n    __a = 2\n", "__b",
     "class C:\n    __b = 1\n    def f(self): return self.__b\nclass D:\n    __a = 2\n"),
    ("javascript", "class C { ‸#a = 1; f(o) { return o.#a + this.#a } }", "#b",
     "class C { #b = 1; f(o) { return o.#b + this.#b } }"),
]  # fmt: skip


def renamed(language: str, marked: str, new: str) -> str:
    text, offset = marked.replace("‸", ""), marked.index("‸")
    return applied(text, plan_rename(text, language, offset, new).edits)


@pytest.mark.parametrize(("language", "before", "after"), DONE)
def test_every_place_of_the_name_changes(language: str, before: str, after: str) -> None:
    assert renamed(language, before, "x") == after


@pytest.mark.parametrize(("language", "before", "new", "sentence"), REFUSED)
def test_what_is_not_certain_is_refused_with_the_reason(language: str, before: str, new: str, sentence: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        renamed(language, before, new)

    assert sentence in refused.value.sentence


def test_the_place_is_the_whole_name() -> None:
    text = "größe = 1\nprint(größe)\n"

    assert [place_to_rename(text, "python", offset) for offset in (2, 16, 21)] == [(0, 5), (16, 21), (16, 21)]


@pytest.mark.parametrize(
    ("language", "marked", "shared"),
    [
        ("python", "‸a = 1", "a"),
        ("python", "from m import ‸a", ""),
        ("python", "def f(‸a): ...", ""),
        ("typescript", "export const ‸a = 1", "a"),
        ("typescript", "export const {b: [‸a]} = 1", "a"),
        ("typescript", "const ‸a = 1; export {a}", ""),
        ("typescript", "export default function ‸a() {}", ""),
        ("javascript", "function ‸a() {}", "a"),
        ("javascript", "const ‸a = require('a')", ""),
    ],
)
def test_what_other_files_may_import_is_said(language: str, marked: str, shared: str) -> None:
    text = marked.replace("‸", "")

    assert plan_rename(text, language, marked.index("‸"), "x").other_files == shared


@pytest.mark.parametrize(("language", "before", "after"), OTHERS)
def test_locals_of_languages_with_blocks(language: str, before: str, after: str) -> None:
    assert renamed(language, before, "x") == after


@pytest.mark.parametrize(("language", "before", "new", "after"), PRIVATE)
def test_members_that_only_their_class_can_name(language: str, before: str, new: str, after: str) -> None:
    assert renamed(language, before, new) == after


@pytest.mark.parametrize(
    ("settings", "after"),
    [
        (ActionSettings(), "def f(x):\n    # a, aa\n    return 'a' + x\n"),
        (ActionSettings(rename_in_comments=True), "def f(x):\n    # x, aa\n    return 'a' + x\n"),
        (ActionSettings(rename_in_strings=True), "def f(x):\n    # a, aa\n    return 'x' + x\n"),
    ],
)
def test_words_that_are_no_code_change_on_request(settings: ActionSettings, after: str) -> None:
    text = "def f(a):\n    # a, aa\n    return 'a' + a\n"

    assert applied(text, plan_rename(text, "python", 6, "x", settings).edits) == after
