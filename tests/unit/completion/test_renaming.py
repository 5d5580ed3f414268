"""Copies follow the renames seen in context: names, their words, their cases and plurals (issue 4)."""

from __future__ import annotations

import pytest

from pylot.completion.copier import predict
from pylot.completion.copy_index import CopyIndex
from pylot.completion.renaming import Renaming, first_tokens, tokens_of
from pylot.completion.values import CompletionRequest
from pylot.syntax.identifiers import keywords

FIXED = keywords("python")
LOADERS = """\
def load_user(user_id):
    user = fetch(user_id)
    return User(user)


def load_order(order_id):
    order = fetch(order_id)
    ‸"""


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("user", "order", "user = users[user_id]", "order = orders[order_id]"),
        ("get_user(user)", "get_order(order)", "UserStore().load(USER, users)", "OrderStore().load(ORDER, orders)"),
        ("Users", "Orders", "user_list = getUsers()", "order_list = getOrders()"),
        ("userName", "orderName", "MAX_USERS = userCount", "MAX_ORDERS = orderCount"),
        (
            "load_user",
            "load_line_item",
            "user_id, userId, UserId, USER",
            "line_item_id, lineItemId, LineItemId, LINE_ITEM",
        ),
        ("first", "second", "self.last = unrelated", "self.last = unrelated"),
        ("for x in xs:", "for y in ys:", "if x: return xs[x]", "if y: return ys[y]"),
    ],
)
def test_what_was_learnt_is_applied(old: str, new: str, line: str, expected: str) -> None:
    renaming = Renaming(FIXED)

    assert renaming.learn(tokens_of(old), tokens_of(new))
    assert renaming.apply(line) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a = a", "b = c"),
        ("a = b", "c = c"),
        ("a + b", "a - b"),
        ("a = 1", "a = 2"),
        ("if a", "while a"),
        ("return", "value"),
        ("a.b", "a"),
    ],
)
def test_what_is_inconsistent_or_of_another_shape_is_not_learnt(old: str, new: str) -> None:
    renaming = Renaming(FIXED)

    assert not renaming.learn(tokens_of(old), tokens_of(new))
    assert renaming.apply(old) == old


def test_later_lines_must_agree_with_earlier_ones() -> None:
    renaming = Renaming(FIXED)

    assert renaming.learn(tokens_of("a = f(b)"), tokens_of("c = f(d)"))
    assert not renaming.learn(tokens_of("print(a)"), tokens_of("print(d)"))
    assert renaming.n_renamed == 2


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("self.width = width\nself.height = ‸", "height"),
        ("self.width = width\nself.height = he‸", "ight"),
        (LOADERS, "return Order(order)"),
        ("user = users.get(key)\ncheck(user)\n\norder = orders.get(key)\nche‸", "ck(order)"),
        ("row = 1\n‸\nrow = 1\n", None),
        ("total = price * count\nweight = ‸", None),
    ],
)
def test_the_line_goes_on_in_the_names_used_here(marked: str, expected: str | None) -> None:
    request = CompletionRequest("u", "a.py", "python", 1, marked.replace("‸", ""), marked.index("‸"))
    candidates = predict(request, CopyIndex(), multiline=False, limit=3)

    assert (expected in [candidate.text for candidate in candidates]) if expected else not candidates


@pytest.mark.parametrize("blank", ["", "\n\n"])
def test_the_lines_after_it_are_renamed_too(blank: str) -> None:
    earlier = "".join(
        f"""\
def load_{name}({name}_id):
    {name} = fetch({name}_id)
    if {name} is None:
        raise {name.title()}Missing({name}_id)

    return {name.title()}({name})


"""
        for name in ("user", "item")
    )
    marked = f"""\
{blank}{earlier}def load_order(order_id):
    order = fetch(order_id)
    ‸"""
    request = CompletionRequest("u", "a.py", "python", 1, marked.replace("‸", ""), marked.index("‸"))
    texts = [each.text for each in predict(request, CopyIndex(), multiline=True, limit=3)]

    assert texts[0].split("\n") == [
        "if order is None:",
        "        raise OrderMissing(order_id)",
        "",
        "    return Order(order)",
    ]


@pytest.mark.parametrize("line", ["", "  ", "a", "a.b", "é1 = «x»\ud800", "  for x in xs:", "x=1e5+_y", "12ab\tcd.e"])
def test_the_first_tokens_are_the_first_of_all_tokens(line: str) -> None:
    assert first_tokens(line) == tokens_of(line)[:3]


def test_lines_of_the_same_shape_are_found_whatever_letters_they_are_written_in() -> None:
    text = "größe = lade(größe_id)\nprüfe(größe, «x»)\nname = lade(name_id)\nprüfe("
    (found, *_) = predict(
        CompletionRequest("u", "/a.py", "python", 1, text, len(text)), CopyIndex(), multiline=False, min_probability=0
    )

    assert found.text == "name, «x»)"
