"""A signature changes with its calls in every file of the workspace, or not at all (L2, K5)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pylot.actions.change_signature import ChangeSignature
from pylot.actions.offer import Offer
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_code import place_in
from tests.support.marked_files import changed

CART = "def total(rows, ‸rate=1):\n    return sum(rows)\n"
SCRIPT = "export function total(rows, ‸rate) { return rows; }\n"
PYTHON = (
    {
        "shop/cart.py": CART + "total([], 2)\n",
        "shop/__init__.py": "from .cart import total\n__all__ = ['total']\n",
        "a.py": "from shop.cart import total\ntotal([1], rate=2)\n",
        "b.py": "from shop import total as t\nt([1], 3)\n",
        "c.py": "import shop.cart\nfrom shop import cart\nshop.cart.total([], 1), cart.total([])\n",
        "d.py": "from shop.cart import *\ntotal([], 4)\n",
        "e.py": "from b import t\nimport b\nt([1], 5), b.t([1], 6)\n",
        "f.py": "from other import total\ntotal([], 2)\n",
        "g.py": "def f(total): return total(1, 2)\n'total'\n",
    },
    {
        "shop/cart.py": "def total(rows):\n    return sum(rows)\ntotal([])\n",
        "a.py": "from shop.cart import total\ntotal([1])\n",
        "b.py": "from shop import total as t\nt([1])\n",
        "c.py": "import shop.cart\nfrom shop import cart\nshop.cart.total([]), cart.total([])\n",
        "d.py": "from shop.cart import *\ntotal([])\n",
        "e.py": "from b import t\nimport b\nt([1]), b.t([1])\n",
    },
)
TYPED = (
    {
        "cart.ts": SCRIPT,
        "index.ts": "export {total as sum} from './cart';\n",
        "a.ts": "import {total} from './cart';\ntotal([], 2);\n",
        "b.ts": "import * as cart from './cart';\ncart.total([], 2);\n",
        "d.ts": "import {sum} from './index';\nsum([], 2);\n",
    },
    {
        "cart.ts": "export function total(rows) { return rows; }\n",
        "a.ts": "import {total} from './cart';\ntotal([]);\n",
        "b.ts": "import * as cart from './cart';\ncart.total([]);\n",
        "d.ts": "import {sum} from './index';\nsum([]);\n",
    },
)
REFUSED = [
    ("from cart import total\nmap(total, [])\n", "Line 2 of a.py uses this function in another way than by a call."),
    ("from cart import total\ntotal(*x)\n", "Line 2 of a.py hands over arguments that Pylot cannot tell apart."),
    ("from cart import total\ntotal([], g())\n", "Line 2 of a.py does something to find the argument."),
    ("import cart\nf(cart)\n", "Line 2 of a.py hands over the module as a value."),
    ("import cart\ngetattr(cart, 'total')\n", "Line 2 of a.py speaks of this name in a text."),
    ("patch('cart.total')\n", "Line 1 of a.py speaks of this name in a text."),
    ("def f(cart):\n    cart.total(1, 2)\n", "Line 2 of a.py may mean this function, or another."),
    ("try:\n    from cart import total\nexcept E:\n    total = 0\n", "a.py gives total more than one meaning."),
    ("from .. import cart\nfrom nowhere.cart import total\n", "Pylot cannot tell what line 2 of a.py imports."),
    ("from cart import total\ntotal(\n", "a.py uses this name, and not all of it parses."),
]


def signature(files: Mapping[str, str], way: str = "remove") -> dict[str, str]:
    offer = Offer("", "", f"change-signature/{way}")
    return changed(files, lambda place, workspace: ChangeSignature().plan_everywhere(place, offer, workspace))


@pytest.mark.parametrize(("files", "expected"), [PYTHON, TYPED], ids=["python", "typescript"])
def test_calls_change_wherever_the_function_was_imported(files: dict[str, str], expected: dict[str, str]) -> None:
    assert signature(files) == expected


@pytest.mark.parametrize(("other", "sentence"), REFUSED)
def test_a_call_that_is_not_certain_refuses_the_whole(other: str, sentence: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        signature({"cart.py": CART, "a.py": other})

    assert refused.value.sentence == sentence


def test_a_move_changes_the_order_of_arguments_in_every_file() -> None:
    files = {"cart.py": "def total(‸rows, rate): ...\n", "a.py": "from cart import total\ntotal(x, 2)\n"}

    assert signature(files, "right") == {
        "cart.py": "def total(rate, rows): ...\n", "a.py": "from cart import total\ntotal(2, x)\n",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("marked", "language"),
    [("@app.get('/')\ndef f(‸a): ...\n", "python"), ("def test_it(‸a): ...\n", "python"),
     ("export default function f(‸a) {}\n", "typescript"), ("function f(‸a) {}\n", "javascript")],
)  # fmt: skip
def test_what_something_else_may_call_is_refused_in_the_list(marked: str, language: str) -> None:
    [offer] = ChangeSignature().offers(place_in(marked, language))

    assert offer.refused


METHODS = [
    ("a.py",
     "class A:\n    def f(self, ‸a, b): ...\nclass B(A):\n    def f(self, a, b): return super().f(a, b)\nB().f(1, 2)\n",
     "right",
     "class A:\n    def f(self, b, a): ...\nclass B(A):\n    def f(self, b, a): return super().f(b, a)\nB().f(2, 1)\n"),
    ("a.py", "class A:\n    def f(self, ‸a): ...\n    def g(self): self.f(1), self.f(a=2)\n", "remove",
     "class A:\n    def f(self): ...\n    def g(self): self.f(), self.f()\n"),
    ("a.py", "class A:\n    @staticmethod\n    def f(‸a, b=0): return b\nA.f(1, 2)\n", "remove",
     "class A:\n    @staticmethod\n    def f(b=0): return b\nA.f(2)\n"),
    ("a.ts", "class A { f(‸a: string, b: number) { this.f(a, b); } }\nnew A().f('', 1);\n", "right",
     "class A { f(b: number, a: string) { this.f(b, a); } }\nnew A().f(1, '');\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "way", "after"), METHODS)
def test_a_method_changes_with_its_overrides_and_calls(path: str, before: str, way: str, after: str) -> None:
    assert signature({path: before}, way) == {path: after}


@pytest.mark.parametrize(
    ("marked", "sentence"),
    [
        ("class A:\n    def f(self, ‸a): ...\ng(A().f)\n", "Line 3 uses this function in another way than by a call."),
        (
            "class A:\n    def f(self, ‸a): ...\nx.f(1)\n",
            "Line 3 of a.py may mean this member, or another of its name.",
        ),
        ("class A:\n    def f(self, ‸a): ...\nA.f(A(), 1)\n", "Line 3 calls this method by its class."),
        ("class A:\n    def f(self, ‸a): ...\n    g = f\n", "Line 3 uses this method in another way than by a call."),
        (
            "class A:\n    def f(self, ‸a): ...\nclass B(A):\n    def f(self, b): ...\n",
            "override this method with other",
        ),
        ("class A:\n    @x.setter\n    def f(self, ‸a): ...\n", "Line 3 defines more than a method that is called."),
        (
            "class A:\n    def f(self, ‸a): ...\nclass B(A):\n    def f(self, a): g(a)\n",
            "Line 4 begins a function that uses",
        ),
    ],
)
def test_a_method_that_is_not_only_called_is_refused(marked: str, sentence: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        signature({"a.py": marked})

    assert sentence in refused.value.sentence
