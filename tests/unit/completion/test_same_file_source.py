"""The rest of the current file is shown where it does something alike, and only what the prompt lacks."""

from __future__ import annotations

from pylot.completion.plan import PromptBudget, plan_prompt
from pylot.completion.same_file_source import SameFileSource
from pylot.completion.sources import Surroundings
from pylot.completion.values import CompletionRequest

ALIKE = "    total += ledger.find_invoice(row).total_amount\n" * 12
OTHER = "    canvas.colour_at(row, brush)\n" * 12
NAMELESS = "    # ----------------------\n" * 144
HERE = "def pay(ledger):\n    amount = ledger.find_invoice(7).total_amount\n    "


def request(before: str, after: str = "\n") -> CompletionRequest:
    return CompletionRequest("file:///bills.py", "/bills.py", "python", 1, before + after, len(before))


def test_the_part_that_shares_most_names_comes_first() -> None:
    pieces = SameFileSource().gather(request(OTHER + ALIKE + OTHER + NAMELESS + HERE), Surroundings())

    assert "find_invoice" in pieces[0].text
    assert pieces[0].path == "/bills.py"


def test_parts_below_count_from_the_end_so_that_typing_leaves_them_where_they_are() -> None:
    below = "\n" + NAMELESS + ALIKE + OTHER
    first, later = (
        SameFileSource().gather(request(HERE + typed, below), Surroundings()) for typed in ("", "x = 1\n    ")
    )

    assert [piece.text for piece in first] == [piece.text for piece in later]


def test_what_the_prompt_shows_is_not_shown_twice() -> None:
    asked = request(ALIKE + NAMELESS[:3000] + HERE)
    pieces = SameFileSource().gather(asked, Surroundings())
    plan = plan_prompt(asked, None, model="", budget=PromptBudget.of(4000), context=lambda: pieces, now=0.0)

    assert pieces
    assert plan.prompt.context == ()
