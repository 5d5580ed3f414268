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

SCRIPT = {
    "packages/ui/src/index.ts": "export * from './button.js';\n"
    "export { default as Card, size as cardSize } from './card';\n"
    "export * as icons from './icons';\n",
    "packages/ui/src/button.ts": "export class Button extends Base<T> { press() {} }\nimport { Base } from '@/base';\n"
    "export const size = 1;\n",
    "packages/ui/src/card.tsx": "export default function Panel() {}\nconst inner = 2;\nexport { inner as size };\n",
    "packages/ui/src/base.d.ts": "export declare class Base<T> { render(): void }\n",
    "packages/ui/src/icons/index.js": "exports.star = () => 1;\n",
    "app/main.tsx": "import * as ui from '@shop/ui';\n"
    "import { Button, Card as C, cardSize, icons, gone } from '../packages/ui/src';\n"
    "import Panel, { size } from '../packages/ui/src/card';\n"
    "import React from 'react';\nconst old = require('./old');\n",
    "site/src/lib/words/index.ts": "export const outer = 1;\n",
    "site/src/lib/pages/words/index.ts": "export const inner = 1;\n",
    "site/src/lib/pages/page.ts": "import { outer } from '$lib/words';\nimport { inner } from '@/lib/pages/words';\n"
    "import { kept } from '$lib/kept.values';\n",
    "site/src/lib/kept.values.ts": "export const kept = 1;\n",
    "app/old.cjs": "module.exports = { a };\nfunction a() {}\n",
}

OTHERS = {
    "go/models/item.go": "package models\ntype Item struct { Price int }\nfunc (i *Item) Total() int { return 1 }\n",
    "go/shop/cart.go": 'package shop\nimport m "example.com/app/models"\nfunc New() *m.Item { return helper() }\n',
    "go/shop/help.go": "package shop\nfunc helper() {}\n",
    "rust/src/lib.rs": "mod shop;\nuse crate::shop::cart::{Cart, rate as r};\nuse crate::shop::cart;\n",
    "rust/src/shop/cart.rs": "pub struct Cart { n: u8 }\nimpl Cart { pub fn new() -> Self {} }\npub fn rate() {}\n",
    "rust/src/shop/mod.rs": "pub mod cart;\n",
    "java/com/shop/Cart.java": "package com.shop;\nimport com.shop.model.Item;\n"
    "import static com.shop.model.Item.max;\n"
    "import com.shop.tax.*;\nclass Cart { Item i; Helper h; }\n",
    "java/com/shop/Helper.java": "package com.shop;\nclass Helper {}\n",
    "java/com/shop/model/Item.java": "package com.shop.model;\npublic class Item { static int max() {} }\n",
    "java/com/shop/tax/Rate.kt": "package com.shop.tax\nclass Rate\n",
    "c/main.c": '#include "lib/point.h"\n#include <stdio.h>\nint main(void) { return area(0); }\n',
    "c/lib/point.h": '#include "base.h"\nint area(struct point *p);\n',
    "c/lib/base.h": "struct point { int x; };\n#define LIMIT 3\n",
    "cs/Cart.cs": "using Shop.Models;\nusing I = Shop.Models.Item;\nnamespace Shop { class Cart { Item i; } }\n",
    "cs/Item.cs": "namespace Shop.Models { public class Item { public int Price { get; set; } } }\n",
    "rb/app.rb": "require_relative 'lib/cart'\nCart.new\n",
    "rb/lib/cart.rb": "class Cart\n  def total; end\nend\n",
    "php/app.php": "<?php\nuse App\\Models\\Item as I;\nrequire 'lib.php';\n",
    "php/Models/Item.php": "<?php\nnamespace App\\Models;\nclass Item { function price() {} }\n",
    "php/lib.php": "<?php\nfunction helper() {}\n",
    "lua/app.lua": 'local cart = require("shop.cart")\ncart.add(1)\n',
    "lua/shop/cart.lua": "local M = {}\nfunction M.add(n) end\nreturn M\n",
    "sh/run.sh": '. "$DIR/lib.sh"\nhello\n',
    "sh/lib.sh": "hello() { :; }\n",
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
        ("src/shop/cart.py", "leaf", None),
        ("nowhere.py", "Base", None),
    ],
)
def test_a_name_is_found_through_imports(database: Database, path: str, name: str, expected: str | None) -> None:
    table = filled(database, PYTHON)

    assert named(table.lookup(path, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("site/src/lib/pages/page.ts outer", "site/src/lib/words/index.ts:outer"),
        ("site/src/lib/pages/page.ts inner", "site/src/lib/pages/words/index.ts:inner"),
        ("site/src/lib/pages/page.ts kept", "site/src/lib/kept.values.ts:kept"),
        ("Button", "packages/ui/src/button.ts:Button"),
        ("Button.press", "packages/ui/src/button.ts:Button.press"),
        ("C", "packages/ui/src/card.tsx:Panel"),
        ("cardSize", "packages/ui/src/card.tsx:inner"),
        ("icons.star", "packages/ui/src/icons/index.js:star"),
        ("gone", None),
        ("ui.size", "packages/ui/src/button.ts:size"),
        ("Panel", "packages/ui/src/card.tsx:Panel"),
        ("size", "packages/ui/src/card.tsx:inner"),
        ("React", None),
        ("old.a", "app/old.cjs:a"),
    ],
)
def test_a_name_is_found_through_modules_of_typescript(database: Database, name: str, expected: str | None) -> None:
    table = filled(database, SCRIPT)

    path, _, wanted = name.rpartition(" ")

    assert named(table.lookup(path or "app/main.tsx", wanted)) == expected


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("go/shop/cart.go", "m.Item", "go/models/item.go:Item"),
        ("go/shop/cart.go", "m.Item.Total", "go/models/item.go:Item.Total"),
        ("go/shop/cart.go", "helper", "go/shop/help.go:helper"),
        ("rust/src/lib.rs", "Cart.new", "rust/src/shop/cart.rs:Cart.new"),
        ("rust/src/lib.rs", "r", "rust/src/shop/cart.rs:rate"),
        ("rust/src/lib.rs", "cart.rate", "rust/src/shop/cart.rs:rate"),
        ("java/com/shop/Cart.java", "Item", "java/com/shop/model/Item.java:Item"),
        ("java/com/shop/Cart.java", "max", "java/com/shop/model/Item.java:Item.max"),
        ("java/com/shop/Cart.java", "Rate", "java/com/shop/tax/Rate.kt:Rate"),
        ("java/com/shop/Cart.java", "Helper", "java/com/shop/Helper.java:Helper"),
        ("java/com/shop/Cart.java", "String", None),
        ("c/main.c", "area", "c/lib/point.h:area"),
        ("c/main.c", "LIMIT", "c/lib/base.h:LIMIT"),
        ("c/main.c", "printf", None),
        ("cs/Cart.cs", "Item", "cs/Item.cs:Shop.Models.Item"),
        ("cs/Cart.cs", "I.Price", "cs/Item.cs:Shop.Models.Item.Price"),
        ("rb/app.rb", "Cart.total", "rb/lib/cart.rb:Cart.total"),
        ("php/app.php", "I.price", "php/Models/Item.php:Item.price"),
        ("php/app.php", "helper", "php/lib.php:helper"),
        ("lua/app.lua", "cart.add", "lua/shop/cart.lua:M.add"),
        ("sh/run.sh", "hello", "sh/lib.sh:hello"),
    ],
)
def test_a_name_is_found_in_every_language(database: Database, path: str, name: str, expected: str | None) -> None:
    table = filled(database, OTHERS)

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


def test_bases_are_found_through_the_imports_of_their_own_file(database: Database) -> None:
    table = filled(database, SCRIPT)
    found = table.lookup("app/main.tsx", "Button")
    assert found is not None

    assert [named(member) for member in table.members(found)] == [
        "packages/ui/src/button.ts:Button.press",
        "packages/ui/src/base.d.ts:Base.render",
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


def test_a_reader_sees_the_table_grow(database: Database, tmp_path: Path) -> None:
    """What another process has written is known at once, also of a file that was asked about before."""
    filled(database, {"a.py": "def old(): ...\n"})
    reading = Database.open_for_reading(tmp_path / "index.db", 1)
    assert reading is not None
    table = SymbolTable(StoredSymbols(reading))
    before = [table.lookup("a.py", name) for name in ("old", "new")]
    with database.transaction():
        SymbolWriter(database).replace(1, "a.py", read_symbols("def new(): ...\n", "python"))

    after = [table.lookup("a.py", name) for name in ("old", "new")]

    reading.close()
    assert [list(map(named, found)) for found in (before, after)] == [["a.py:old", None], [None, "a.py:new"]]
