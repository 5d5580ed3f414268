"""A variable or function goes away only where its value is the same at each use (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.inline_function import InlineFunction
from pylot.actions.inline_variable import InlineVariable
from pylot.actions.offer import Refactoring
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_code import result

VARIABLES = [
    ("python", "def f(a):\n    ‸b = a + 1\n    return b * 2\n", "def f(a):\n    return (a + 1) * 2\n"),
    ("python", "def f(a):\n    b = a.c()\n    return g(‸b)\n", "def f(a):\n    return g(a.c())\n"),
    ("python", "def f(a):\n    ‸b = 'x'\n    return lambda: b\n", "def f(a):\n    return lambda: 'x'\n"),
    ("python", "def f(a):\n    ‸b = a[0]  # why\n    return b, b\n", "def f(a):\n    # why\n    return a[0], a[0]\n"),
    ("python", "def f(a):\n    ‸b: int = 5\n    return b.real\n", "def f(a):\n    return (5).real\n"),
    ("javascript", "function f(a) {\n  const ‸b = a + 1;\n  return {b, c: b * 2};\n}\n",
     "function f(a) {\n  return {b: a + 1, c: (a + 1) * 2};\n}\n"),
]  # fmt: skip
FUNCTIONS = [
    ("def ‸_f(a):\n    return a + 1\n\n\ndef g(b):\n    return _f(b) * 2\n", "def g(b):\n    return (b + 1) * 2\n"),
    ("def ‸_f(a):\n    x = a + 1\n    return x\n\n\ndef g(b):\n    x = 2\n    y = _f(b)\n    return x + y\n",
     "def g(b):\n    x = 2\n    a = b\n    x_2 = a + 1\n    y = x_2\n    return x + y\n"),
]  # fmt: skip
REFUSED: list[tuple[Refactoring, str, str]] = [
    (InlineVariable(), "def f(a):\n    ‸b = a()\n    return b + b\n", "several times"),
    (InlineVariable(), "def f(a):\n    ‸b = a()\n    c()\n    return b\n", "between"),
    (InlineVariable(), "def f(a):\n    ‸b = a\n    a = 1\n    return b\n", "may change"),
    (InlineVariable(), "def f(a):\n    ‸b = a.x\n    a.y()\n    return b\n", "may change"),
    (InlineVariable(), "def f(a):\n    ‸b = 1\n    b = 2\n    return b\n", "several places"),
    (InlineVariable(), "def f(a):\n    if a:\n        ‸b = 1\n    return b\n", "without the definition"),
    (InlineVariable(), "def f(a):\n    ‸b = a + 1\n    return lambda: b\n", "holds on"),
    (InlineVariable(), "def f(a):\n    ‸b = a()\n    return c() + b\n", "before"),
    (InlineVariable(), "‸b = 1\nprint(b)\n", "outside"),
    (InlineFunction(), "def ‸f(a):\n    return a\n\n\nf(1)\n", "outside"),
    (InlineFunction(), "def ‸_f(a):\n    if a:\n        return 1\n    return 2\n\n\n_f(1)\n", "several places"),
    (InlineFunction(), "def ‸_f(a):\n    return a\n\n\n_f(1)\n_f(2)\n", "called once"),
    (InlineFunction(), "x = 1\ndef ‸_f():\n    return x\n\n\ndef g(x):\n    return _f()\n", "something else"),
]  # fmt: skip


SCRIPT_FUNCTIONS = [
    (
        "function ‸f(a: number): number { return a + 1; }\n\nconst b = 2;\nexport const c = f(b) * 2;\n",
        "const b = 2;\nexport const c = (b + 1) * 2;\n",
    ),
    (
        "export function g(b) {\n  const ‸f = a => a.c;\n  return f(b);\n}\n",
        "export function g(b) {\n  return b.c;\n}\n",
    ),
]
SCRIPT_REFUSED = [
    ("export function ‸f(a) { return a; }\nf(1);\n", "outside"),
    ("function ‸f(a) { return a; }\nf(g()); export {};\n", "keep their values"),
    ("function ‸f(a) { g(); return a; }\nf(1); export {};\n", "more than return"),
    ("function ‸f() { return this.a; }\nf(); export {};\n", "depends on"),
    ("const a = 1; function ‸f() { return a; }\nfunction g(a) { return f(); } export {};\n", "something else"),
    ("function ‸f() { return 1; }\nnew f(); export {};\n", "another way"),
]


@pytest.mark.parametrize(("marked", "after"), SCRIPT_FUNCTIONS)
def test_what_a_function_of_javascript_returns(marked: str, after: str) -> None:
    assert result(InlineFunction(), marked, "typescript") == after


@pytest.mark.parametrize(("marked", "reason"), SCRIPT_REFUSED)
def test_functions_of_javascript_that_stay(marked: str, reason: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        result(InlineFunction(), marked, "javascript")

    assert reason in refused.value.sentence


@pytest.mark.parametrize(("language", "marked", "after"), VARIABLES)
def test_the_value_of_a_variable(language: str, marked: str, after: str) -> None:
    assert result(InlineVariable(), marked, language) == after


@pytest.mark.parametrize(("marked", "after"), FUNCTIONS)
def test_the_body_of_a_function(marked: str, after: str) -> None:
    assert result(InlineFunction(), marked) == after


@pytest.mark.parametrize(("action", "marked", "reason"), REFUSED)
def test_what_is_not_certain_is_refused(action: Refactoring, marked: str, reason: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        result(action, marked)

    assert reason in refused.value.sentence
