"""The next keystroke costs one decoded token, because the plan of the last one goes on (reference/engine.md, ANCH)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylot.completion.plan import PromptBudget, PromptPlan, choose_chunks, plan_prompt, stable_suffix
from pylot.completion.sources import ContextPiece
from pylot.completion.values import CompletionRequest

BUDGET = PromptBudget(head=100, suffix=30, context=50, tail=300)
EARLIER = "import math\nx = ‸\nprint(x)\n"


def request(marked: str, uri: str = "file:///a.py") -> CompletionRequest:
    before, after = marked.split("‸")
    return CompletionRequest(uri, "/home/a.py", "python", 1, before + after, len(before))


def plan(
    asked: CompletionRequest,
    previous: PromptPlan | None = None,
    *,
    model: str = "m",
    context: Sequence[ContextPiece] = (),
    now: float = 0.0,
) -> PromptPlan:
    return plan_prompt(asked, previous, model=model, budget=BUDGET, context=lambda: context, now=now)


@pytest.mark.parametrize(
    ("now", "tail"),
    [
        ("import math\nx = ma‸\nprint(x)\n", "x = ma"),
        ("import math\nx =‸\nprint(x)\n", "x ="),
        ("import math\nx = f(‸)\nprint(x)\n", "x = f("),
        ('import math\nx = f(["‸"])\nprint(x)\n', 'x = f(["'),
        ("import math\nx = f(\n    ‸\nprint(x)\n", "x = f(\n    "),
        ("import math\n‸\nprint(x)\n", ""),
    ],
    ids=["typing", "deleting", "bracket", "brackets and quote", "enter", "back to the anchor"],
)
def test_what_keeps_the_plan(now: str, tail: str) -> None:
    first = plan(request(EARLIER))
    second = plan(request(now), first)

    assert (second.kept, second.reason) == (True, "")
    assert second.prompt == replace(first.prompt, tail=tail)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ("import‸\nx = \nprint(x)\n", "the cursor left the anchor"),
        ("import maths\nx = ‸\nprint(x)\n", "the text before the anchor changed"),
        ("import math\nx = ‸\nprint(y)\n", "the text after the cursor changed"),
        ("import math\nx = a‸ + b\nprint(x)\n", "the text after the cursor changed"),
    ],
)
def test_what_moves_the_anchor(now: str, reason: str) -> None:
    asked = request(now)
    second = plan(asked, plan(request(EARLIER)))

    assert (second.kept, second.reason) == (False, reason)
    assert second.anchor == asked.text.rfind("\n", 0, asked.offset) + 1


@pytest.mark.parametrize("n_characters", [900, 100_000])
def test_a_long_line_is_anchored_inside(n_characters: int) -> None:
    """A line of any length costs a bounded tail, at the first key and at the next."""
    asked = request(f"import math\nx = {'a' * n_characters}‸\nprint(x)\n")
    first = plan(asked, plan(request(EARLIER)))
    following = plan(request(f"import math\nx = {'a' * n_characters}b‸\nprint(x)\n"), first)

    assert (first.kept, first.reason) == (False, "the text since the anchor grew long")
    assert len(first.prompt.tail) == 450
    assert following.kept


def test_change_far_below_does_not_count() -> None:
    below = "\n" + "y = 1\n" * 100
    first = plan(request(f"x = ‸{below}"))

    assert plan(request(f"x = ‸{below}z = 2\n"), first).kept


@pytest.mark.parametrize(("uri", "model"), [("file:///b.py", "m"), ("file:///a.py", "other")])
def test_another_file_or_model_starts_anew(uri: str, model: str) -> None:
    piece = ContextPiece("open files", "/home/b.py", "new = 1\n" * 10, 0.5)
    first = plan(request(EARLIER))
    second = plan(request(EARLIER, uri), first, model=model, context=[piece], now=1.0)

    assert (second.kept, second.reason) == (False, "first request here")
    assert (second.uri, second.model, len(second.prompt.context)) == (uri, model, 1)


@pytest.mark.parametrize(("now", "text"), [(29.0, "old = 1"), (31.0, "new = 1")])
def test_context_is_held_for_half_a_minute(now: float, text: str) -> None:
    """Even where the anchor moves: other context would have the whole prompt decoded anew."""
    old, new = (ContextPiece("open files", "/home/b.py", word, 0.5) for word in ("old = 1", "new = 1"))
    first = plan(request(EARLIER), context=[old])
    second = plan(request("import‸\nx = \nprint(x)\n"), first, context=[new], now=now)

    assert not second.kept
    assert [chunk.text for chunk in second.prompt.context] == [text]


def test_head_slides_seldom() -> None:
    """Two hundred lines typed at the end of a file that is longer than the budget: three slides, not two hundred."""
    budget = PromptBudget.of(1000)
    written = "x = 1\n" * 500
    current, starts, lengths = None, [], []
    for number in range(200):
        written += f"typed_{number} = {number}\n"
        asked = request(written + "‸\nend = 1\n")
        current = plan_prompt(asked, current, model="m", budget=budget, context=list, now=0.0)
        starts.append(current.start)
        lengths.append(len(current.prompt.head))

    assert sum(before != after for before, after in itertools.pairwise(starts)) == 3
    assert max(lengths) <= (budget.head + budget.context) * 3


@pytest.mark.parametrize(
    ("n_tokens", "parts"),
    [(1000, (475, 150, 250, 125)), (512, (244, 76, 128, 64)), (256, (170, 38, 0, 48)), (128, (67, 19, 0, 42))],
)
def test_budget_is_divided_completely(n_tokens: int, parts: tuple[int, ...]) -> None:
    """A short prompt keeps a whole line for what is typed, because a tail that is cut slides with every key."""
    budget = PromptBudget.of(n_tokens)

    assert (budget.head, budget.suffix, budget.context, budget.tail) == parts
    assert budget.n_tokens == n_tokens


def test_best_context_stands_nearest_to_the_code() -> None:
    pieces = [
        ContextPiece("a", "/x/low.py", "z" * 30, 0.1),
        ContextPiece("b", "/x/high.py", "z" * 60, 0.9),
        ContextPiece("c", "/x/middle.py", "z" * 60, 0.5),
    ]
    all_of_them = [("low.py", 18), ("middle.py", 28), ("high.py", 28)]

    for n_tokens, expected in ((100, all_of_them), (79, all_of_them[1:]), (54, [("middle.py", 26), ("high.py", 28)])):
        chunks = choose_chunks(pieces, n_tokens)
        assert [(chunk.path, chunk.max_tokens) for chunk in chunks] == expected
    assert choose_chunks(pieces, 20) == ()


texts = st.text(alphabet="ab (){}[]\"'=:;,\n", max_size=120)


@given(steps=st.lists(st.tuples(texts, texts), min_size=1, max_size=6), time=st.sampled_from([0.0, 20.0]))
def test_prompt_is_the_text_around_the_cursor(steps: list[tuple[str, str]], time: float) -> None:
    """Whatever was planned before: head and tail end at the cursor, the suffix begins behind it and its closers."""
    current = None
    for number, (before, after) in enumerate(steps):
        asked = CompletionRequest("file:///a.py", "/home/a.py", "python", 1, before + after, len(before))
        current = plan(asked, current, now=time * number)

        assert current.prompt.head + current.prompt.tail == asked.text[current.start : asked.offset]
        assert stable_suffix(asked).startswith(current.prompt.suffix)
        assert asked.suffix.endswith(stable_suffix(asked))


@given(typed=st.lists(st.sampled_from(["a", "(", ")", " ", "\n", "\b"]), max_size=40))
def test_typing_at_the_end_never_loses_text(typed: list[str]) -> None:
    before, current = "x = 1\n", None
    for key in typed:
        before = before[:-1] if key == "\b" else before + key
        asked = CompletionRequest("file:///a.py", "/home/a.py", "python", 1, before + "\nend\n", len(before))
        current = plan(asked, current)

        assert current.prompt.head + current.prompt.tail == before[current.start :]
        assert "\nend\n".startswith(current.prompt.suffix)
