"""Statements become a function with what flows in and out, or stay where they are (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.extract_function import ExtractFunction
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_code import place_in, result, titles

DONE = [
    ("def f(a):\n    «b = a + 1\n    c = b * 2»\n    return c\n",
     "def _get_c(a):\n    b = a + 1\n    c = b * 2\n    return c\n\n\ndef f(a):\n    c = _get_c(a)\n    return c\n"),
    ("def f(a):\n    x = 1\n    «if a:\n        x = 2»\n    return x\n",
     ("def _get_x(a, x):\n    if a:\n        x = 2\n    return x\n\n\ndef f(a):\n"
      "    x = 1\n    x = _get_x(a, x)\n    return x\n")),
    ("class A:\n    def f(self, a):\n        «self.b = a»\n        return 1\n",
     ("class A:\n    def f(self, a):\n        self._extracted(a)\n        return 1\n\n"
     "    def _extracted(self, a):\n        self.b = a\n")),
    ("def f(a):\n    «if a:\n        return 1\n    else:\n        return 2»\n",
     ("def _extracted(a):\n    if a:\n        return 1\n    else:\n        return 2\n"
      "\n\ndef f(a):\n    return _extracted(a)\n")),
    ("async def f(a):\n    «b = await a()»\n    return b\n",
     ("async def _get_b(a):\n    b = await a()\n    return b\n\n\nasync def f(a):\n"
      "    b = await _get_b(a)\n    return b\n")),
    ("def f(a):\n    return g(«[b for b in a if b]»)\n",
     "def _extracted(a):\n    return [b for b in a if b]\n\n\ndef f(a):\n    return g(_extracted(a))\n"),
    ("x = [g(«a.b + 1») for a in c]\n",
     "def _extracted(a):\n    return a.b + 1\n\n\nx = [g(_extracted(a)) for a in c]\n"),
    ("def f(a):\n    for b in a:\n        «c = b + 1\n        g(c)»\n",
     "def _extracted(b):\n    c = b + 1\n    g(c)\n\n\ndef f(a):\n    for b in a:\n        _extracted(b)\n"),
    ("def f(a):\n    t = 0\n    for b in a:\n        «t += b»\n    return t\n",
     ("def _get_t(t, b):\n    t += b\n    return t\n\n\n"
     "def f(a):\n    t = 0\n    for b in a:\n        t = _get_t(t, b)\n    return t\n")),
    ("# About f.\nimport a\n# f\ndef f():\n    «x = '''\n  é'''\n    return x»\n",
     ("# About f.\nimport a\ndef _extracted():\n    x = '''\n  é'''\n    return x\n\n\n"
      "# f\ndef f():\n    return _extracted()\n")),
]  # fmt: skip
ADDED = [
    ("a = 1, \\\n  2\ndef f(a):\n    «print(a)»\n", "def _extracted(a):\n    print(a)\n"),
    ("«print(a)\nprint(b)»\n", "def _extracted():\n    print(a)\n    print(b)\n\n\n_extracted()\n"),
    (
        "class A:\n    def f(op):\n        «op.a = 1»\n        return op\n    g = f(1)\n",
        "def _extracted(op):\n    op.a = 1\n",
    ),
    (
        "class A:\n    @classmethod\n    def f(cls):\n        «cls.a = 1»\n",
        "    @classmethod\n    def _extracted(cls):\n",
    ),
    ("class A:\n    def f(self):\n        «self.__a()»\n", "    def _extracted(self):\n        self.__a()\n"),
]
SCRIPT = [
    ("function f(a) {\n  «const b = a + 1;\n  g(b);»\n}\n",
     ("function extractedFunction(a) {\n  const b = a + 1;\n  g(b);\n}\n\n"
      "function f(a) {\n  extractedFunction(a);\n}\n")),
    ("function f(a) {\n  «const b = a + 1;»\n  return b;\n}\n",
     ("function getB(a) {\n  const b = a + 1;\n  return b;\n}\n\nfunction f(a) {\n"
      "  const b = getB(a);\n  return b;\n}\n")),
    ("function f(a) {\n  let b = 1;\n  «if (a) { b = 2; }»\n  return b;\n}\n",
     ("function getB(a, b) {\n  if (a) { b = 2; }\n  return b;\n}\n\n"
     "function f(a) {\n  let b = 1;\n  b = getB(a, b);\n  return b;\n}\n")),
    (
        "function f(a) {\n  let b;\n  «b = a;»\n  return b;\n}\n",
        (
            "function getB(a) {\n  let b;\n  b = a;\n  return b;\n}\n\n"
            "function f(a) {\n  let b;\n  b = getB(a);\n  return b;\n}\n"
        ),
    ),
    ("class A {\n  f(a) {\n    «this.b = a;»\n  }\n}\n",
     "class A {\n  f(a) {\n    this.extractedMethod(a);\n  }\n\n  extractedMethod(a) {\n    this.b = a;\n  }\n}\n"),
    ("const f = async (a) => {\n  «const b = await a();\n  const c = b + 1;»\n  return [b, c];\n};\n",
     ("async function extractedFunction(a) {\n  const b = await a();\n  const c = b + 1;\n  return { b, c };\n}\n\n"
     "const f = async (a) => {\n  const { b, c } = await extractedFunction(a);\n  return [b, c];\n};\n")),
]  # fmt: skip
REFUSED = [
    ("python", "def f(a):\n    «if a:\n        return 1»\n    return 2\n", "not always"),
    ("python", "def f(a):\n    for b in a:\n        «if b:\n            break»\n", "jumps"),
    ("python", "def f(a):\n    «yield a»\n", "yields"),
    ("python", "def f(a):\n    «if a:\n        x = 1»\n    return x\n", "may have no value after"),
    ("python", "def f(a):\n    if a:\n        x = 1\n    «g(x)»\n", "may have no value yet"),
    ("python", "def f():\n    global x\n    «x = 1»\n", "global"),
    ("python", "def f():\n    x = 1\n    def g():\n        nonlocal x\n        «x += 1»\n    return g\n",
     "several functions"),
    ("python", "def f():\n    «x = 1\n    g(lambda: x)»\n    x = 2\n    return x\n", "holds on"),
    ("python", "def f():\n    «return locals()»\n", "looks names up"),
    ("python", "def f(x):\n    «del x»\n", "deletes"),
    ("python", "def f():\n    try:\n        «x = 1\n        g()»\n    except E:\n        print(x)\n", "handles errors"),
    ("python", "class A:\n    «x = 1\n    y = x»\n", "belongs to"),
    ("python", "def f(a): «return a»\n", "whole lines"),
    ("python", "try:\n    «from m import *»\nexcept E:\n    pass\n", "only a file"),
    ("javascript", "function f() {\n  «this.a();»\n}\n", "this"),
    ("javascript", "function f() {\n  return g(«arguments[0]»);\n}\n", "arguments"),
    ("typescript", "function f<T>(a: T) {\n  «const b: T = a;\n  g(b);»\n}\n", "type"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "after"), DONE)
def test_python(marked: str, after: str) -> None:
    assert result(ExtractFunction(), marked) == after


@pytest.mark.parametrize(("marked", "added"), ADDED)
def test_methods_only_where_there_is_an_object(marked: str, added: str) -> None:
    assert added in result(ExtractFunction(), marked)


@pytest.mark.parametrize(("marked", "after"), SCRIPT)
def test_javascript(marked: str, after: str) -> None:
    assert result(ExtractFunction(), marked, "javascript") == after


@pytest.mark.parametrize(("language", "marked", "reason"), REFUSED)
def test_what_a_function_cannot_do_is_refused(language: str, marked: str, reason: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        result(ExtractFunction(), marked, language)

    assert reason in refused.value.sentence


def test_the_same_elsewhere_in_the_function() -> None:
    text = "def f(a, b):\n    if b:\n        «x = a + 1\n        g(x)»\n    else:\n        x = a + 1\n        g(x)\n"

    assert titles(ExtractFunction(), place_in(text)) == [
        "Extract function",
        "Extract function, replacing all 2 occurrences",
    ]
    assert result(ExtractFunction(), text, way="all") == (
        "def _extracted(a):\n    x = a + 1\n    g(x)\n\n\n"
        "def f(a, b):\n    if b:\n        _extracted(a)\n    else:\n        _extracted(a)\n"
    )


def test_types_that_can_stand_elsewhere_are_kept() -> None:
    text = "function f(a: number, b: string | null) {\n  «g(a, b);»\n}\n"

    assert "function extractedFunction(a: number, b: any) {" in result(ExtractFunction(), text, "typescript")
