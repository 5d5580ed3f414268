"""Files that import a name change with it, as they are now; all of them or none (L2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pylot.actions.edits import applied
from pylot.actions.rename import RenamePlan, plan_rename
from pylot.actions.workspace_rename import changes_elsewhere, rename_elsewhere
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols

CASES = [
    (
        {
            "shop/cart.py": "def total(): ...\n",
            "shop/__init__.py": "from .cart import total\n__all__ = ['total']\n",
            "a.py": "from shop.cart import total\nprint(total())\n",
            "b.py": "from shop import total as t\nt()\n",
            "c.py": "import shop.cart\nfrom shop import cart\nshop.cart.total(), cart.total()\n",
            "d.py": "from shop.cart import *\ntotal()\n",
            "e.py": "from other import total\ntotal()\n",
            "f.py": "from shop.cart import total\ndef f(total): return total\n",
        },
        {
            "shop/__init__.py": "from .cart import x\n__all__ = ['x']\n",
            "a.py": "from shop.cart import x\nprint(x())\n",
            "b.py": "from shop import x as t\nt()\n",
            "c.py": "import shop.cart\nfrom shop import cart\nshop.cart.x(), cart.x()\n",
            "d.py": "from shop.cart import *\nx()\n",
            "f.py": "from shop.cart import x\ndef f(total): return total\n",
        },
    ),
    (
        {
            "cart.ts": "export function total() {}\n",
            "index.ts": "export {total} from './cart';\n",
            "a.ts": "import {total} from './cart';\nconst o = {total};\n",
            "b.ts": "import {total as t} from './cart';\nt();\n",
            "c.ts": "import * as cart from './cart';\ncart.total();\n",
            "d.ts": "import {total} from './index';\ntotal();\n",
        },
        {
            "index.ts": "export {x} from './cart';\n",
            "a.ts": "import {x} from './cart';\nconst o = {total: x};\n",
            "b.ts": "import {x as t} from './cart';\nt();\n",
            "c.ts": "import * as cart from './cart';\ncart.x();\n",
            "d.ts": "import {x} from './index';\nx();\n",
        },
    ),
]


def table_of(files: Mapping[str, str]) -> SymbolTable:
    table = SymbolTable(None)
    for path, text in files.items():
        table.open(path, read_symbols(text, canonical_language("", path)))
    return table


@pytest.mark.parametrize(("files", "expected"), CASES, ids=["python", "typescript"])
def test_every_file_that_imports_the_name_changes(files: dict[str, str], expected: dict[str, str]) -> None:
    changed = rename_elsewhere(table_of(files), files.get, next(iter(files)), "total", "x")

    assert {path: applied(file.text, file.edits) for path, file in changed.items()} == expected


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("from cart import total\nx = 1\n", "In a.py: The new name is taken in the same scope, on line 2."),
        ("from cart import *\nprint(total, x)\n", "In a.py: The new name is taken in the same scope, on line 2."),
        ("try:\n    from cart import total\nexcept E:\n    from os import total\n", "from several files"),
    ],
)
def test_a_conflict_elsewhere_refuses_the_whole(other: str, sentence: str) -> None:
    files = {"cart.py": "def total(): ...\n", "a.py": other}
    with pytest.raises(ActionRefusedError) as refused:
        rename_elsewhere(table_of(files), files.get, "cart.py", "total", "x")

    assert sentence in refused.value.sentence


def test_scripts_of_a_page_share_their_names() -> None:
    files = {"cart.js": "function total() {}\n", "a.js": "total();\n"}
    with pytest.raises(ActionRefusedError) as refused:
        rename_elsewhere(table_of(files), files.get, "cart.js", "total", "x")

    assert refused.value.sentence == "a.js uses this name without importing it."


def test_a_file_that_cannot_be_read_refuses_the_whole() -> None:
    files = {"cart.py": "def total(): ...\n", "a.py": "from cart import total\n"}
    with pytest.raises(ActionRefusedError):
        rename_elsewhere(table_of(files), lambda _: None, "cart.py", "total", "x")


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("from shop import total\n", "Line 1 of a.py imports this name from here."),
        ("from shop import *\n", "Line 1 of a.py imports this name from here."),
        ("import shop\nshop.total()\n", "Line 2 of a.py may get this name from here."),
        ("from cart import total\n", ""),
    ],
)
def test_an_imported_name_that_others_get_from_here_keeps_it(other: str, sentence: str) -> None:
    """Found by the tests of real packages, whose `__init__.py` imports what they offer."""
    files = {"shop/__init__.py": "from cart import total\n", "cart.py": "def total(): ...\n", "a.py": other}
    plan = plan_rename(files["shop/__init__.py"], "python", 20, "x")

    assert refusal(files, "shop/__init__.py", plan, "x") == sentence


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("class T:\n    f = staticmethod(cart.total)\n    def g(self): self.f(rate=2)\n", "Line 4 of a.py hands over"),
        ("f = cart.total\nf(rate=2)\n", "Line 3 of a.py hands over"),
        ("cart.total(rate=2)\n", "Line 2 of a.py hands over an argument by this name."),
        ("def f(**o): cart.total(**o)\n", "Line 2 of a.py hands over arguments whose names Pylot cannot tell."),
        ("f = cart.total\ndef g(rate): ...\ng(rate=2)\n", ""),
    ],
)
def test_an_argument_may_be_named_where_the_function_is_a_value(other: str, sentence: str) -> None:
    files = {"cart.py": "def total(rate): ...\n", "a.py": f"import cart\n{other}"}
    plan = plan_rename(files["cart.py"], "python", 10, "x")

    refused = refusal(files, "cart.py", plan, "x")

    assert refused.startswith(sentence) if sentence else refused == ""


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("class D(Cart): ...\nD(rate=1)\n", "Line 3 of a.py hands over an argument by this name."),
        ("class D(Cart):\n    def __init__(self, **o): super().__init__(**o)\n", "Line 3 of a.py hands over arguments"),
        ("class D:\n    def __init__(self, **o): super().__init__(**o)\nD(rate=1)\n", ""),
    ],
)
def test_constructors_of_heirs_may_name_the_argument(other: str, sentence: str) -> None:
    """Found by the tests of `cachetools`."""
    files = {"cart.py": "class Cart:\n    def __init__(self, rate): ...\n", "a.py": f"from cart import Cart\n{other}"}
    plan = plan_rename(files["cart.py"], "python", 35, "x")

    refused = refusal(files, "cart.py", plan, "x")

    assert refused.startswith(sentence) if sentence else refused == ""


def test_a_name_that_code_asks_for_stands_in_texts_too() -> None:
    """A class that shows its name has to keep it where a text expects that (found by the tests of `schema`)."""
    cart = "class Cart:\n    def __repr__(self): return type(self).__name__\n"
    files = {"cart.py": cart, "a.py": "from cart import Cart\nassert repr(Cart()) == 'Cart'\n"}
    plan = plan_rename(cart, "python", 7, "Basket")

    assert refusal(files, "cart.py", plan, "Basket").startswith("Line 2 of a.py has this name in a text")
    assert refusal({"cart.py": cart, "a.py": "'A Cart.'\n'''Cart'''\n"}, "cart.py", plan, "Basket") == ""


def test_a_text_that_names_it_by_its_module_refuses() -> None:
    """Found by the tests of `click`."""
    files = {"shop/cart.py": "class Cart: ...\n", "a.py": "setattr('shop.cart.Cart.total', 1)\n", "b.py": "'my.Cart'\n"}
    plan = plan_rename(files["shop/cart.py"], "python", 7, "x")

    assert refusal(files, "shop/cart.py", plan, "x") == "Line 1 of a.py speaks of this name in a text."
    assert refusal({**files, "a.py": ""}, "shop/cart.py", plan, "x") == ""


def refusal(files: Mapping[str, str], path: str, plan: RenamePlan, new_name: str) -> str:
    """Return why a rename is refused for what is in other files, or an empty string."""
    try:
        changes_elsewhere(table_of(files), files.get, path, "python", plan, new_name)
    except ActionRefusedError as error:
        return error.sentence
    return ""
