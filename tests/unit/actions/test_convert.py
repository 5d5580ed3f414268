"""Equivalent forms are exchanged where they are equivalent (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.convert_conditional import ConvertConditional
from pylot.actions.convert_loop import ConvertLoop
from pylot.actions.convert_string import ConvertString
from pylot.actions.offer import Refactoring
from tests.support.marked_code import place_in, result, titles

BOTH_WAYS: list[tuple[Refactoring, str, str, str, str, str]] = [
    (ConvertConditional(), "python", "expression",
     "‸if a:\n    x = 1\nelse:\n    x = b\n", "statement", "x = 1 ‸if a else b\n"),
    (ConvertConditional(), "python", "expression",
     "def f():\n    ‸if a:\n        return 1\n    else:\n        return b\n",
     "statement", "def f():\n    return 1 ‸if a else b\n"),
    (ConvertConditional(), "javascript", "expression", "‸if (a) {\n    x = 1;\n} else {\n    x = b;\n}\n",
     "statement", "x = a ‸? 1 : b;\n"),
    (ConvertLoop(), "python", "comprehension",
     "def f(a):\n    x = []\n    ‸for b in a:\n        if b:\n            x.append(b + 1)\n    return x\n",
     "loop", "def f(a):\n    x = [b + 1 ‸for b in a if b]\n    return x\n"),
    (ConvertLoop(), "python", "comprehension",
     "def f(a):\n    x = {}\n    ‸for k, v in a:\n        x[k] = v\n    return x\n",
     "loop", "def f(a):\n    x = {k: v ‸for k, v in a}\n    return x\n"),
    (ConvertString(), "python", "from-format", "x = '{}: {!r:>5} {{'.‸format(a, b.c)\n",
     "to-format", "x = f'{‸a}: {b.c!r:>5} {{'\n"),
]  # fmt: skip
ONE_WAY: list[tuple[Refactoring, str, str, str, str]] = [
    (ConvertConditional(), "python", "expression", "def f():\n    ‸if a:\n        return 1\n    return b\n",
     "def f():\n    return 1 if a else b\n"),
    (ConvertString(), "python", "from-percent", "x = '%s of %5r: 100%% {' ‸% (a, b + 1)\n",
     "x = f'{a!s} of {(b + 1)!r:>5}: 100% {{'\n"),
    (ConvertString(), "javascript", "to-template",
     "x = 'it\\'s `' + ‸a + \"\\n\" + b.c;", "x = `it's \\`${a}\\n${b.c}`;"),
]  # fmt: skip
NOT_OFFERED: list[tuple[Refactoring, str, str]] = [
    (ConvertConditional(), "python", "‸if a:\n    x = 1\nelse:\n    y = b\n"),
    (ConvertConditional(), "python", "‸if a:\n    x = 1  # why\nelse:\n    x = b\n"),
    (ConvertLoop(), "python", "def f(a):\n    x = []\n    ‸for b in a:\n        x.append(b)\n    return x, b\n"),
    (ConvertLoop(), "python", "def f(a):\n    x = []\n    ‸for b in a:\n        x.append(len(x))\n    return x\n"),
    (ConvertLoop(), "python", "def f(a):\n    b = 1\n    x = [b ‸for b in a]\n    return x, b\n"),
    (ConvertString(), "javascript", "x = a + ‸b + 'c';"),
]
REFUSED: list[tuple[str, str]] = [
    ("x = '%s' ‸% a\n", "may be a tuple"),
    ("x = '%d' ‸% (a,)\n", "only convert"),
    ("x = '{a[0]}'.‸format(a=b)\n", "cannot read"),
    ("x = '{}'.‸format(d['a'])\n", "cannot stand"),
    ("x = '{1}{0}'.‸format(a(), b())\n", "another order"),
]


@pytest.mark.parametrize(("action", "language", "way", "before", "back", "after"), BOTH_WAYS)
def test_there_and_back(action: Refactoring, language: str, way: str, before: str, back: str, after: str) -> None:
    assert result(action, before, language, way) == after.replace("‸", "")
    assert result(action, after, language, back) == before.replace("‸", "")


@pytest.mark.parametrize(("action", "language", "way", "before", "after"), ONE_WAY)
def test_one_way(action: Refactoring, language: str, way: str, before: str, after: str) -> None:
    assert result(action, before, language, way) == after


@pytest.mark.parametrize(("action", "language", "marked"), NOT_OFFERED)
def test_what_is_not_the_same_is_not_offered(action: Refactoring, language: str, marked: str) -> None:
    assert titles(action, place_in(marked, language)) == []


@pytest.mark.parametrize(("marked", "reason"), REFUSED)
def test_texts_that_may_come_out_otherwise_are_refused(marked: str, reason: str) -> None:
    [title] = titles(ConvertString(), place_in(marked))

    assert reason in title
