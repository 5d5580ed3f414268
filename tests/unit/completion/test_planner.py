"""Prompts are as long as this machine reads in time, and grow when it has nothing else to do (issue 5, I10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from pylot.completion.environment import Environment
from pylot.completion.gate import GateFacts
from pylot.completion.plan import PromptPlan
from pylot.completion.planner import Planner
from pylot.completion.settings import CompletionSettings
from pylot.completion.sources import Surroundings
from pylot.completion.values import CompletionRequest
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import ManualClock
from pylot.models.values import CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage
from tests.support.scripted_provider import PROFILE, ScriptedProvider

LINES = [f"value_{number} = compute({number}, scale)\n" for number in range(400)]
LINE = 200


class Warmable(ScriptedProvider):
    """A model that prepares what it is asked to, or says why it did not."""

    def __init__(self, speed: float | None, finish: str = "warm") -> None:
        super().__init__()
        self.speed = speed
        self.finish = finish
        self.asked: list[Urgency] = []

    @property
    def profile(self) -> ModelProfile:
        return replace(PROFILE, prompt_speed=self.speed)

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        assert parameters.max_tokens == 0
        self.asked.append(urgency)
        yield Usage(self.finish)


def environment(provider: Warmable) -> Environment:
    return Environment(CompletionSettings.model_validate({}), GateFacts(), Surroundings(()), provider, "scripted")


def request(typed: str = "", line: int = LINE) -> CompletionRequest:
    before = "".join(LINES[:line]) + typed
    return CompletionRequest("file:///a.py", "/a.py", "python", 1, before + "\n" + "".join(LINES[line:]), len(before))


@pytest.fixture
def planner() -> Planner:
    return Planner(ManualClock())


def plan(planner: Planner, provider: Warmable, asked: CompletionRequest) -> PromptPlan:
    return planner.plan(asked, environment(provider), provider.profile)


@pytest.mark.parametrize(
    ("speed", "n_tokens"), [(None, 2048), (10_000.0, 2048), (400.0, 384), (220.0, 256), (93.0, 128), (1.0, 128)]
)
def test_a_cold_prompt_is_read_within_the_deadline(planner: Planner, speed: float | None, n_tokens: int) -> None:
    """Two seconds are the default; below the floor a prompt would say nothing."""
    assert plan(planner, Warmable(speed), request()).n_tokens == n_tokens


def test_a_short_file_is_read_whole(planner: Planner) -> None:
    asked = CompletionRequest("file:///a.py", "/a.py", "python", 1, "import os\n", 10)

    assert plan(planner, Warmable(93.0), asked).n_tokens == 2048


def test_a_speed_that_varies_moves_no_anchor_and_no_size(planner: Planner) -> None:
    provider = Warmable(220.0)
    first = plan(planner, provider, request())
    kept = []
    for n_typed, provider.speed in enumerate([150.0, 320.0, 220.0, 500.0, 90.0], start=1):
        kept.append(plan(planner, provider, request("x" * n_typed)).kept)
    sizes = []
    for n_moved, provider.speed in enumerate([200.0, 240.0, 190.0, 250.0], start=1):
        sizes.append(plan(planner, provider, request(line=LINE - 50 * n_moved)).n_tokens)

    assert kept == [True] * 5
    assert sizes == [first.n_tokens] * 4


async def test_it_grows_when_there_is_time(planner: Planner) -> None:
    provider = Warmable(220.0)
    small = plan(planner, provider, request())
    await planner.grow(small, request(), environment(provider), provider)
    grown = plan(planner, provider, request("value"))
    await planner.grow(grown, request("value"), environment(provider), provider)

    assert provider.asked == [Urgency.INDEX]
    assert (grown.n_tokens, grown.kept, grown.prompt.tail) == (2048, True, "value")
    assert len(grown.prompt.head) > 4 * len(small.prompt.head)


@pytest.mark.parametrize("finish", ["cancelled", "deadline"])
async def test_what_was_not_read_is_not_built_upon(planner: Planner, finish: str) -> None:
    provider = Warmable(220.0, finish)
    small = plan(planner, provider, request())
    await planner.grow(small, request(), environment(provider), provider)

    assert plan(planner, provider, request("value")).n_tokens == small.n_tokens


async def test_a_place_far_from_what_was_read_gets_a_short_prompt_again(planner: Planner) -> None:
    provider = Warmable(220.0)
    await planner.warm_up(request(), environment(provider), provider)
    near = plan(planner, provider, request("v"))
    far = plan(planner, provider, request("v", line=20))

    assert (near.n_tokens, near.kept) == (2048, True)
    assert far.n_tokens == 256
