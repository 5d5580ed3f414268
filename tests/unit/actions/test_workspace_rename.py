"""Files that import a name change with it, as they are now; all of them or none (L2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pylot.actions.edits import applied
from pylot.actions.parameters import NamedCalls
from pylot.actions.workspace_rename import refuse_named_arguments, rename_elsewhere
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


def test_a_call_elsewhere_that_names_the_parameter_refuses() -> None:
    files = {"cart.py": "def total(rate): ...\n", "a.py": "import cart\ncart.total(rate=2)\n"}
    calls = NamedCalls("rate", frozenset({"total"}))
    with pytest.raises(ActionRefusedError) as refused:
        refuse_named_arguments(table_of(files), files.get, "cart.py", calls)

    assert refused.value.sentence == "Line 2 of a.py hands over an argument by this name."
