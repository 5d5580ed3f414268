"""The symbol table of a workspace: what names mean across files, and open documents as they are (L3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pylot.index.symbols.resolve import Found
from pylot.index.symbols.store import TABLES, StoredSymbols, SymbolWriter
from pylot.index.symbols.table import SymbolTable
from pylot.storage.database import Database
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols

SCHEMA = ("CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE)", *TABLES)

PYTHON = {
    "src/shop/__init__.py": "from .cart import Cart as Basket\nfrom .prices import *\nimport shop.tax\n",
    "src/shop/cart.py": "from __future__ import annotations\nfrom shop.base import Base\n"
    "class Cart(Base):\n    def add(self): ...\n    total = 0\n",
    "src/shop/base.py": "class Base:\n    def add(self): ...\n    def save(self):\n        self.saved = True\n",
    "src/shop/prices.py": "__all__ = ['price', '_secret']\ndef price(): ...\ndef _secret(): ...\ndef other(): ...\n",
    "src/shop/tax/__init__.py": "try:\n    from shop.tax.fast import rate\nexcept ImportError:\n    rate = None\n",
    "src/shop/tax/fast.py": "def rate(country): ...\n",
    "src/plain/deep/leaf.py": "def leaf(): ...\n",
    "src/shop/loop_a.py": "from .loop_b import lost\n",
    "src/shop/loop_b.py": "from .loop_a import lost\n",
    "tests/test_cart.py": "import shop.tax as tax\nimport shop.cart\n"
    "from shop import Basket, price, _secret, other, tax as t\n"
    "from plain.deep import leaf\nfrom plain.deep.leaf import leaf as fun\nimport outside\nfrom outside import far\n"
    "Basket().add()\nx = price\n",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "index.db", SCHEMA, 1)
    yield database
    database.close()


def filled(database: Database, files: dict[str, str]) -> SymbolTable:
    writer = SymbolWriter(database)
    for path, text in files.items():
        with database.transaction():
            file_id = database.run("INSERT INTO files (path) VALUES (?)", (path,))
            writer.replace(file_id, path, read_symbols(text, canonical_language("", path)))
    return SymbolTable(StoredSymbols(database))


def named(found: Found | None) -> str | None:
    if found is None:
        return None
    return f"{found.path}:{found.definition.qualified}" if found.definition else found.path


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("tests/test_cart.py", "Basket", "src/shop/cart.py:Cart"),
        ("tests/test_cart.py", "Basket.add", "src/shop/cart.py:Cart.add"),
        ("tests/test_cart.py", "price", "src/shop/prices.py:price"),
        ("tests/test_cart.py", "_secret", "src/shop/prices.py:_secret"),
        ("tests/test_cart.py", "other", None),
        ("tests/test_cart.py", "tax", "src/shop/tax/__init__.py"),
        ("tests/test_cart.py", "tax.rate", "src/shop/tax/fast.py:rate"),
        ("tests/test_cart.py", "t.rate", "src/shop/tax/fast.py:rate"),
        ("tests/test_cart.py", "shop.cart.Cart", "src/shop/cart.py:Cart"),
        ("tests/test_cart.py", "leaf", "src/plain/deep/leaf.py"),
        ("tests/test_cart.py", "fun", "src/plain/deep/leaf.py:leaf"),
        ("tests/test_cart.py", "outside", None),
        ("tests/test_cart.py", "far", None),
        ("src/shop/loop_a.py", "lost", None),
        ("src/shop/cart.py", "Base", "src/shop/base.py:Base"),
        ("src/shop/cart.py", "leaf", "src/plain/deep/leaf.py:leaf"),
        ("nowhere.py", "Base", None),
    ],
)
def test_a_name_is_found_through_imports(database: Database, path: str, name: str, expected: str | None) -> None:
    table = filled(database, PYTHON)

    assert named(table.lookup(path, name)) == expected


def test_members_are_the_class_own_then_those_it_inherits(database: Database) -> None:
    table = filled(database, PYTHON)
    found = table.lookup("tests/test_cart.py", "Basket")
    assert found is not None

    assert [named(member) for member in table.members(found)] == [
        "src/shop/cart.py:Cart.add",
        "src/shop/cart.py:Cart.total",
        "src/shop/base.py:Base.save",
        "src/shop/base.py:Base.saved",
    ]


def test_an_open_document_hides_what_is_stored_until_it_is_closed(database: Database) -> None:
    table = filled(database, PYTHON)
    table.open("src/shop/prices.py", read_symbols("class price: ...\nprice()", "python"))
    table.open("src/shop/new.py", read_symbols("from shop.prices import price", "python"))

    opened = [table.lookup("src/shop/new.py", "price"), *table.definitions("price"), *table.search("PRI")]
    uses = [(use.path, use.reference.line) for use in table.references("price")]
    table.close("src/shop/prices.py")
    found = table.lookup("src/shop/new.py", "price")

    assert {one.definition.kind for one in opened if one and one.definition} == {"class"}
    assert uses == [
        ("src/shop/prices.py", 1),
        ("src/shop/new.py", 0),
        ("tests/test_cart.py", 2),
        ("tests/test_cart.py", 8),
    ]
    assert found is not None and found.definition is not None and found.definition.kind == "function"


def test_a_table_without_an_index_knows_open_documents() -> None:
    table = SymbolTable(None)
    table.open("a.py", read_symbols("from b import f", "python"))
    table.open("b.py", read_symbols("def f(): ...", "python"))

    assert named(table.lookup("a.py", "f")) == "b.py:f"
    assert table.importers("b.py") == ["a.py"]
    assert table.paths() == ["a.py", "b.py"]


def test_importers(database: Database) -> None:
    table = filled(database, PYTHON)

    assert table.importers("src/shop/tax/fast.py") == ["src/shop/tax/__init__.py"]
    assert table.importers("src/shop/cart.py") == ["src/shop/__init__.py", "tests/test_cart.py"]
    assert table.importers("src/shop/loop_b.py") == ["src/shop/loop_a.py"]


def test_what_is_written_is_read_back_and_what_is_removed_is_gone(database: Database) -> None:
    table = filled(database, PYTHON)
    path = "src/shop/base.py"
    symbols = read_symbols("def changed(a): return a.é.f(changed)\n" * 2, "python")
    with database.transaction():
        SymbolWriter(database).replace(3, path, symbols)

    assert table.symbols(path) == replace(symbols, references=())
    assert table.references_in(path) == symbols.references
    assert [found.path for found in table.definitions("Base")] == []
    with database.transaction():
        SymbolWriter(database).remove(3)
    assert (table.symbols(path), table.has(path), table.references("changed")) == (None, False, [])
