"""What a model is asked for a tool is an event of the task, whatever comes of it (B5, A7)."""

from __future__ import annotations

import pytest

from pylot.agent.counted_model import CountedModel
from pylot.journal.events import AnyEvent, ModelCallFinished, ModelCallStarted
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ProviderUnavailableError, PylotError
from pylot.models.structured.gathering import gather
from pylot.models.values import ChatMessage, CompletionParameters, Urgency
from tests.support.scripted_chat import Answer, ScriptedChat


async def events_of(answer: Answer) -> list[AnyEvent]:
    told: list[AnyEvent] = []

    async def record(*events: AnyEvent) -> None:
        told.extend(events)

    model = CountedModel(ScriptedChat([answer]), "coder", "writing_code", record, ManualClock())
    try:
        said = await gather(
            model, [ChatMessage("user", "Hi")], CompletionParameters(max_tokens=9), urgency=Urgency.CHAT, token=None
        )
        assert said.text == answer
    except PylotError:
        assert isinstance(answer, Exception)
    return told


async def test_an_answer_is_counted() -> None:
    status, started, finished = await events_of("Ho")

    assert status.type == "status_changed"
    assert started == ModelCallStarted(role="coder", model="scripted", purpose="writing_code")
    assert finished == ModelCallFinished(
        role="coder", model="scripted", finish="end", prompt_tokens=10, completion_tokens=5, total_tokens=15
    )


@pytest.mark.parametrize("error", [ProviderUnavailableError("Gone.")])
async def test_an_answer_that_never_came_is_told(error: PylotError) -> None:
    *_, finished = await events_of(error)

    assert isinstance(finished, ModelCallFinished)
    assert (finished.finish, finished.error) == ("error", "Gone.")
