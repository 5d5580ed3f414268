"""Making room: old results go first, then old steps; what the user said, the plan and the state stay (A4)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pylot.agent.blueprints import Blueprint, RunLimits
from pylot.agent.run import RunRequest
from pylot.agent.token_count import TokenCount
from pylot.journal.events import Compacted, LimitReached
from pylot.kernel.errors import ProviderUnavailableError
from pylot.models.values import ChatMessage, CompletionParameters, Tool
from tests.support.agent_world import ScriptedMind, World
from tests.support.scripted_chat import Answer

LONG = "word " * 1_500
BLUEPRINT = Blueprint(limits=RunLimits(iterations=200, actions=1_000))


def reader(n: int, *, gone_at: int = 0) -> ScriptedMind:
    """Return a model that reads file after file and answers after `n`; at `gone_at` it cannot be had."""

    def answer(parameters: CompletionParameters) -> Answer:
        if parameters.schema is None:
            return "Nothing found yet."
        number = sum(1 for _, each in model.asked if each.schema is not None)
        if number == gone_at:
            return ProviderUnavailableError("Gone.")
        if number > n:
            return json.dumps({"final": "Done."})
        wanted = {"tool": "file_read", "arguments": {"path": f"{number}.txt"}}
        plan = {"tool": "update_plan", "arguments": {"steps": [{"text": "Read on", "status": "in_progress"}]}}
        return json.dumps({"thought": f"step {number}", "calls": [plan, wanted]})

    model = ScriptedMind(answer)
    return model


def world(folder: Path) -> World:
    return World(folder, files={f"{number}.txt": f"file {number}: {LONG}" for number in range(300)})


def compactions(around: World) -> list[Compacted]:
    return [event for event in around.log.events if isinstance(event, Compacted)]


async def test_old_results_are_left_out_before_anything_is_summed_up(tmp_path: Path) -> None:
    around, model = world(tmp_path), reader(7)
    result = await around.run(model, blueprint=BLUEPRINT)

    assert result.status == "completed"
    assert [event.summary for event in compactions(around)] == [""]
    seen = "\n".join(message.content for message in model.asked[-1][0])
    assert "file 7: word" in seen
    assert "file 1: word" not in seen


async def test_a_prompt_never_outgrows_the_context(tmp_path: Path) -> None:
    around, model = world(tmp_path), reader(60)
    result = await around.run(model, blueprint=BLUEPRINT)
    count = TokenCount()

    assert max(count.of_messages(messages) for messages, _ in model.asked) < ScriptedMind.context_tokens
    assert result.status in ("completed", "limit")


async def test_what_matters_survives_a_summary(tmp_path: Path) -> None:
    around, model = world(tmp_path), reader(40)
    await around.run(model, request=RunRequest(prompt="Find the needle."), blueprint=BLUEPRINT)

    assert any(event.summary for event in compactions(around))
    last = [messages for messages, parameters in model.asked if parameters.schema is not None][-1]
    seen = "\n".join(message.content for message in last)
    assert "Find the needle." in seen
    assert "[>] Read on" in seen
    assert "- file_read 1.txt: worked" in seen or "earlier ones" in seen
    assert "Nothing found yet." in seen


async def test_a_resumed_run_reads_what_the_one_before_it_read(tmp_path: Path) -> None:
    """A11: compactions are told by the log."""
    around, model = world(tmp_path), reader(80, gone_at=60)
    first = await around.run(model, blueprint=BLUEPRINT)
    again = reader(0)
    await around.run(again, blueprint=BLUEPRINT, resumed=True)

    assert first.status == "failed"
    assert any(event.summary for event in compactions(around))
    assert again.asked[0][0] == model.asked[-1][0]


async def test_summing_up_again_and_again_without_getting_on_ends_it(tmp_path: Path) -> None:
    """It stops, says so, and can be gone on with (A7)."""
    around, model = world(tmp_path), reader(190)
    result = await around.run(model, blueprint=BLUEPRINT)
    [limit] = [event for event in around.log.events if isinstance(event, LimitReached)]

    assert (result.status, limit.kind) == ("limit", "context")
    assert sum(bool(event.summary) for event in compactions(around)) <= 3


@pytest.mark.parametrize("characters_per_token", [2.0, 3.0, 4.5])
def test_the_estimate_learns_from_what_was_counted(characters_per_token: float) -> None:
    count = TokenCount()
    messages = [ChatMessage("user", "x" * 9_000)]
    count.learn(messages, (), int(9_000 / characters_per_token) + 8)

    assert count.of_text("x" * 1_000) == pytest.approx(1_000 / characters_per_token, rel=0.02)


def test_a_count_that_cannot_be_is_not_believed() -> None:
    count = TokenCount()
    tools = (Tool("t", "", {}),)
    for n_tokens in (0, 1, 10**9):
        count.learn([ChatMessage("user", "x" * 9_000)], tools, n_tokens)

    assert 100 < count.of_text("x" * 900) <= 901
