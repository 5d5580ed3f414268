"""Parameters change with every call, where every call is known (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.change_signature import ChangeSignature
from pylot.actions.offer import Finding, Offer
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_code import place_in, result, titles

DONE = [
    ("python", "remove", "def _f(a, ‸b=1):\n    return a\n\n_f(1, 2)\n_f(1, b=2)\n_f(1)\n",
     "def _f(a):\n    return a\n\n_f(1)\n_f(1)\n_f(1)\n"),
    ("python", "remove", "def _f(‸a): ...\n_f(1,)\n", "def _f(): ...\n_f()\n"),
    ("python", "right", "def _f(‸a, b):\n    return a, b\n\n_f(1, x)\n_f(a=1, b=2)\n",
     "def _f(b, a):\n    return a, b\n\n_f(x, 1)\n_f(a=1, b=2)\n"),
    ("python", "add", "def f(a, *b):\n    return ‸timeout\n", "def f(a, *b, timeout=None):\n    return timeout\n"),
    ("typescript", "left", "function f(a: A, ‸b: B) {}\nf(1, 2);\nexport {};\n",
     "function f(b: B, a: A) {}\nf(2, 1);\nexport {};\n"),
]  # fmt: skip
REFUSED = [
    ("python", "remove", "def _f(‸a): return a\n", "uses this parameter"),
    ("python", "remove", "def f(‸a): ...\n", "Others may call"),
    ("python", "remove", "def _f(‸a): ...\n_f(g())\n", "does something"),
    ("python", "remove", "def _f(‸a): ...\ng(_f)\n", "another way"),
    ("python", "remove", "def _f(‸a): ...\n_f(*x)\n", "cannot tell apart"),
    ("python", "right", "def _f(‸a, b=1): ...\n", "default"),
    ("python", "right", "def _f(‸a, b): ...\n_f(1, b=2)\n", "only one of the two"),
    ("python", "right", "def _f(‸a, b): ...\n_f(g(), h())\n", "another order"),
    ("javascript", "remove", "export function f(‸a) {}\n", "Others may call"),
]


@pytest.mark.parametrize(("language", "way", "marked", "after"), DONE)
def test_the_function_and_its_calls(language: str, way: str, marked: str, after: str) -> None:
    assert result(ChangeSignature(), marked, language, way) == after


@pytest.mark.parametrize(("language", "way", "marked", "reason"), REFUSED)
def test_what_is_not_certain_is_refused(language: str, way: str, marked: str, reason: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        result(ChangeSignature(), marked, language, way)

    assert reason in refused.value.sentence


def test_a_name_that_is_not_defined_can_become_a_parameter() -> None:
    """A quick fix names the finding that it settles."""
    text = "def f():\n    return ‸timeout\n"
    start = text.index("‸")
    place = place_in(text, findings=(Finding(start, start + 7, "Name `timeout` is not defined", index=3),))

    [offer] = ChangeSignature().offers(place)

    assert offer == Offer("Add parameter timeout", "quickfix", "change-signature/add", {"name": "timeout"}, fixes=(3,))
    assert titles(ChangeSignature(), place_in("def f():\n    return ‸len\n")) == []
