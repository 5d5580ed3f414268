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
