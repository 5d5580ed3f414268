"""The map of a repository: what matters most, within a budget, and the same again (L3, C4)."""

from __future__ import annotations

import pytest

from pylot.index.symbols.page_rank import page_rank
from pylot.index.symbols.repo_map import estimated_tokens, repo_map
from pylot.index.symbols.table import SymbolTable
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols

FILES = {
    "shop/cart.py": "class Cart:\n  def add_item(self, item): ...\n  def clear(self): ...\n  def _sort(self): ...\n",
    "shop/tax.py": "RATE = 3\ndef tax_of(price): return price * RATE\ndef unused(): ...\n",
    "app/main.py": "from shop.cart import Cart\nfrom shop.tax import tax_of\nCart().add_item(tax_of(1))\ntax_of(2)\n",
    "app/other.py": "from shop.tax import tax_of\ntax_of(3)\nwords = []\nwords.clear()\n",
    "app/words.py": "class Words:\n    def clear(self): ...\n",
}

ALL = """\
app/words.py:
  class Words
    def clear(self)

shop/cart.py:
  class Cart
    def add_item(self, item)
    def clear(self)

shop/tax.py:
  RATE = 3
  def tax_of(price)
  def unused()
"""


def table_of(files: dict[str, str]) -> SymbolTable:
    table = SymbolTable(None)
    for path, text in files.items():
        table.open(path, read_symbols(text, canonical_language("", path)))
    return table


def test_what_is_used_most_comes_first_and_the_rest_where_there_is_room() -> None:
    table = table_of(FILES)

    texts = [repo_map(table, budget).text for budget in (10, 26, 1_000)]

    assert texts == [
        "shop/tax.py:\n  def tax_of(price)\n",
        "shop/cart.py:\n  class Cart\n    def add_item(self, item)\n\nshop/tax.py:\n  def tax_of(price)\n",
        ALL,
    ]


def test_open_files_decide_what_matters_and_are_not_listed() -> None:
    table = table_of(
        {**FILES, "lib/rare.py": "def seldom_used(): ...\n", "app/third.py": "from lib.rare import seldom_used\n"}
    )

    near = repo_map(table, 12, near=["app/third.py"]).text
    named = repo_map(table, 12, near=["shop/tax.py", "app/main.py"], mentioned=["Cart"]).text

    assert near == "lib/rare.py:\n  def seldom_used()\n"
    assert "shop/tax.py" not in named
    assert "class Cart" in named


@pytest.mark.parametrize("budget", [0, 1, 7, 20, 40, 10_000])
def test_a_map_keeps_to_its_budget_and_says_how_much_it_left_out(budget: int) -> None:
    made = repo_map(table_of(FILES), budget)

    assert made.text == "" or estimated_tokens(made.text) <= budget
    assert made == repo_map(table_of(dict(reversed(FILES.items()))), budget)
    assert made.n_known == 8
    assert (made.n_shown == 8) == (budget == 10_000)


def test_nothing_to_map() -> None:
    assert repo_map(SymbolTable(None), 100).text == ""


def test_page_rank_of_a_cycle_with_a_side_street() -> None:
    edges = {"a": {"b": 1.0}, "b": {"a": 1.0}, "c": {"a": 1.0}}

    rank = page_rank(["a", "b", "c"], edges, {})
    preferred = page_rank(["a", "b", "c"], edges, {"c": 2.0})

    # c has no visitors but those who start there: 0.15 / 3, and 0.15 where all start there.
    assert {node: round(value, 3) for node, value in rank.items()} == {"a": 0.486, "b": 0.464, "c": 0.05}
    assert round(preferred["c"], 3) == 0.15
    assert round(sum(rank.values()), 6) == round(sum(preferred.values()), 6) == 1.0
