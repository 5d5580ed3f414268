"""A model that is slower than the user's keys waits for a pause; looking ahead is for those who take suggestions."""

from __future__ import annotations

import pytest

from pylot.completion.ahead_worth import AheadWorth
from pylot.completion.typing_pace import TypingPace


@pytest.mark.parametrize(
    ("gaps", "answer_seconds", "held"),
    [
        ([0.1, 0.2, 0.1], 0.8, 0.1),
        ([0.5, 0.5, 0.5], 0.8, 0.25),
        ([0.1, 0.2, 0.1], 0.05, 0.0),
        ([0.1, 0.2, 0.1], None, 0.0),
        ([0.1], 0.8, 0.0),
        ([0.001, 0.001, 0.001], 0.8, 0.0),
        ([0.1, 0.1, 0.1, 2.0], 0.8, 0.0),
    ],
)
def test_the_next_key_is_awaited_where_no_answer_would_come_before_it(
    gaps: list[float], answer_seconds: float | None, held: float
) -> None:
    pace, now = TypingPace(), 100.0
    pace.asked(now)
    for gap in gaps:
        now += gap
        pace.asked(now)
    if answer_seconds is not None:
        pace.answered("model", answer_seconds)

    assert pace.hold_seconds("model") == pytest.approx(held)
    assert pace.hold_seconds("another") == 0.0


def test_looking_ahead_goes_on_as_long_as_it_is_wanted() -> None:
    worth = AheadWorth()
    for _ in range(30):
        assert worth.is_worth_it()
        worth.begun()
        worth.wanted()


def test_looking_ahead_for_nothing_is_tried_now_and_then() -> None:
    worth = AheadWorth()
    tried = 0
    for _ in range(100):
        if worth.is_worth_it():
            tried += 1
            worth.begun()
    assert 12 <= tried <= 20
    while not worth.is_worth_it():
        pass
    worth.begun()
    worth.wanted()
    assert worth.is_worth_it()
