"""A prompt quotes as much of a file as the model has room for (K4)."""

from __future__ import annotations

import pytest

from pylot.actions.by_model.asking import Asking, work_out
from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.task import Around, quoted_around
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAbilityError
from tests.support.code_places import offer_at, place_in
from tests.support.scripted_chat import ScriptedChat

LINES = [f"line{number:04}" for number in range(1_000)]
TEXT = "\n".join(LINES)


def test_a_short_text_is_quoted_whole() -> None:
    assert quoted_around("a\nb\n", 0, 1, 100) == "a\nb\n"


@pytest.mark.parametrize("line", [0, 10, 500, 999])
def test_a_long_text_is_quoted_at_its_head_and_around_the_range(line: int) -> None:
    start = TEXT.index(LINES[line])
    quoted = quoted_around(TEXT, start, start + 8, 2_000)

    assert len(quoted) < 2_100
    assert quoted.startswith(LINES[0])
    assert LINES[line] in quoted
    assert set(quoted.split("\n")) <= {*LINES, "[...]"}


def test_a_range_that_fills_the_room_is_not_quoted_twice() -> None:
    assert len(quoted_around(TEXT, 100, 5_000, 2_000)) < 600


async def test_what_has_no_room_is_refused_with_what_to_do() -> None:
    place = place_in("‸" + "value = 1\n" * 3_000 + "‸")
    chat = ScriptedChat(["never asked"])
    with pytest.raises(ModelAbilityError, match=r"engine\.context"):
        await work_out(
            TASKS["explain"], place, offer_at(place, "explain"), Around(),
            Asking(chat, Prompts(), CancellationToken()), place.text,
        )  # fmt: skip

    assert chat.asked == []
