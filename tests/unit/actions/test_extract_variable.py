"""An expression gets a name only where it is worked out once and in the same order (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.extract_variable import ExtractVariable
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_code import place_in, result, titles

DONE = [
    ("python", "def f(a):\n    return g(«a + 1»)\n", "def f(a):\n    value = a + 1\n    return g(value)\n"),
    ("python", "x = f(«a.total(1)»)\n", "_total = a.total(1)\nx = f(_total)\n"),
    ("python", "if a: return f(«b + 1»)\n", "if a: _value = b + 1; return f(_value)\n"),
    ("python", "for x in «rows()»:\n    pass\n", "_rows = rows()\nfor x in _rows:\n    pass\n"),
    ("python", "«get_user(1)»\n", "_user = get_user(1)\n"),
    ("python", "x = [a for a in «b.rows» if a]\n", "_rows = b.rows\nx = [a for a in _rows if a]\n"),
    ("python", "x = a and «'é'» and b\n", "_text = 'é'\nx = a and _text and b\n"),
    ("python", "x = f(«(a +\n  b)»)\n", "_value = (a +\n  b)\nx = f(_value)\n"),
    ("python", "x = f(«a +\n  b»)\n", "_value = (a +\n  b)\nx = f(_value)\n"),
    ("python", "@d(«a.b»)\ndef f(): ...\n", "_b = a.b\n@d(_b)\ndef f(): ...\n"),
    ("python", "def f(a):\r\n\treturn«(a + 1)»\r\n", "def f(a):\r\n\tvalue = a + 1\r\n\treturn value\r\n"),
    ("python", "print(f'{«a.b»!r}')\n", "_b = a.b\nprint(f'{_b!r}')\n"),
    ("javascript", "if (a) return «b + 1»;", "if (a) {\n    const value = b + 1;\n    return value;\n}"),
    ("typescript", "const a = f(«b.getName()» as T);", None),
    ("typescript", "const a = f(«b.getName()»);", "const name = b.getName();\nconst a = f(name);"),
    ("javascript", "if «(a.b)» c();", "const b = a.b;\nif (b) c();"),
    ("typescript", "switch (a) {\n  case 1:\n    f(«b.c»);\n}",
     "switch (a) {\n  case 1:\n    const c = b.c;\n    f(c);\n}"),
    ("go", "package a\nfunc f(x int) int {\n\treturn g(«x*2»)\n}\n",
     "package a\nfunc f(x int) int {\n\tvalue := x*2\n\treturn g(value)\n}\n"),
    ("java", "class A { int f(int x) {\n  return g(«x * 2»);\n} }",
     "class A { int f(int x) {\n  var value = x * 2;\n  return g(value);\n} }"),
    ("rust", "fn f(x: i32) -> i32 {\n    g(«x * 2»)\n}\n",
     "fn f(x: i32) -> i32 {\n    let value = x * 2;\n    g(value)\n}\n"),
]  # fmt: skip
REFUSED = [
    ("python", "x = a and «b()»\n", "sometimes"),
    ("python", "while «a.b»:\n    pass\n", "sometimes"),
    ("python", "x = lambda: «a()»\n", "sometimes"),
    ("python", "x = [«a.b» for a in c]\n", "sometimes"),
    ("python", "if a: ...\nelif «b.c»: ...\n", "sometimes"),
    ("python", "x = f(a(), «b()»)\n", "to the left"),
    ("python", "x = f(a(), «b.c»)\n", "to the left"),
    ("python", "x = f(a.b, «a.c()»)\n", "to the left"),
    ("python", "class A:\n    x = «f(1)»\n", "attribute"),
    ("python", "def f():\n    «'doc'»\n", "says something"),
    ("python", "«a.b» = 1\n", "assigned"),
    ("python", "sum«(a for a in b)»\n", "belong to the call"),
    ("python", "x = f'{«a.b»=}'\n", "source"),
    ("javascript", "«a.b»();", "belongs to the call"),
    ("javascript", "«a?.b».c;", "left out"),
    ("javascript", "const f = () => «a()»;", "sometimes"),
    ("javascript", "«a.b»++;", "not only a value"),
    ("go", "package a\nfunc f() {\n\tg(«h()»)\n}\n", "more than one value"),
    ("go", "package a\nvar a = «f(x)»\n", "No variable"),
    ("java", "class A { List<B> f() { return g(«List.of(x)»); } }", "type"),
    ("java", "class A { void f(Object o) { if («o instanceof B b») b.c(); } }", "gives a name"),
    ("rust", "fn f() { g(&«a(b)»); }", "not only a value"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "marked", "after"), [each for each in DONE if each[2]])
def test_the_value_gets_a_name(language: str, marked: str, after: str) -> None:
    assert result(ExtractVariable(), marked, language) == after


@pytest.mark.parametrize(("language", "marked", "reason"), REFUSED)
def test_what_would_mean_something_else_is_refused(language: str, marked: str, reason: str) -> None:
    try:
        sentence = result(ExtractVariable(), marked, language)
    except ActionRefusedError as error:
        sentence = error.sentence
    assert reason in sentence


def test_all_places_with_the_same_value() -> None:
    """Up to where something may change it, and not in functions."""
    text = "def f(a, b):\n    x = «a + 1»\n    if b:\n        g(a + 1)\n    a = 2\n    return a + 1\n"

    assert titles(ExtractVariable(), place_in(text)) == [
        "Extract variable",
        "Extract variable, replacing all 2 occurrences",
    ]
    assert result(ExtractVariable(), text, way="all") == (
        "def f(a, b):\n    value = a + 1\n    x = value\n    if b:\n        g(value)\n    a = 2\n    return a + 1\n"
    )


def test_a_call_may_change_what_is_read() -> None:
    text = "def f(a):\n    x = «a.b»\n    y = a.b\n    g()\n    return a.b\n"

    assert titles(ExtractVariable(), place_in(text))[1:] == ["Extract variable, replacing all 2 occurrences"]


def test_a_cursor_alone_offers_what_is_around_it_only_when_asked() -> None:
    assert titles(ExtractVariable(), place_in("x = f(a.‸b)\n")) == ["Extract variable"]
    assert titles(ExtractVariable(), place_in("x = f(a«.»b)\n")) == ["Extract variable"]
    assert titles(ExtractVariable(), place_in("x = f(a.‸b)\n", invoked=False)) == []
