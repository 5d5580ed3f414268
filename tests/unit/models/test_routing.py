"""Load, failover and recovery over several deployments (H14, H15, T13 in the reference of agents' techniques)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import (
    EngineUnavailableError,
    ModelAbilityError,
    ProviderAuthError,
    ProviderModelMissingError,
    ProviderRateLimitedError,
    ProviderRequestError,
    ProviderUnavailableError,
    PylotError,
)
from pylot.models.provider import Provider
from pylot.models.settings import EngineSettings
from pylot.models.values import ChatMessage, CompletionParameters, Urgency
from tests.support.scripted_backends import SOME, Backend, ask, gather, open_door, servers

DEAD = ProviderUnavailableError("b does not answer.")
HELLO = [ChatMessage("user", "hello")]


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


async def let_all_answer(provider: Provider, *backends: Backend) -> None:
    """Make every backend known as good: who has never answered gets only a few requests at a time."""
    for backend in backends:
        backend.gate.clear()
    tasks = [asyncio.create_task(ask(provider)) for _ in range(3 * len(backends))]
    await settle()
    for backend in backends:
        backend.gate.set()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("weights", "expected"), [({}, (6, 6)), ({"a": 2.0, "b": 1.0}, (8, 4)), ({"a": 0.5, "b": 1.0}, (4, 8))]
)
async def test_load_is_shared_by_what_is_in_flight(weights: dict[str, float], expected: tuple[int, int]) -> None:
    a, b = Backend("a"), Backend("b")
    provider = open_door(servers("ab", weights=weights), [a, b]).provider("complete")
    await let_all_answer(provider, a, b)
    a.gate.clear()
    b.gate.clear()
    tasks = [asyncio.create_task(ask(provider)) for _ in range(12)]
    await settle()
    shares = (a.in_flight, b.in_flight)
    a.gate.set()
    b.gate.set()

    assert {finish for _, finish in await asyncio.gather(*tasks)} == {"end"}
    assert shares == expected


async def test_latency_decides_between_equals() -> None:
    a, b = Backend("a", seconds=0.5), Backend("b", seconds=0.1)
    provider = open_door(servers("ab"), [a, b]).provider("complete")
    answers = [(await ask(provider))[0] for _ in range(8)]

    assert answers == ["a", "b", "b", "b", "b", "b", "b", "b"]


async def test_when_one_dies_no_request_is_lost_that_had_not_begun() -> None:
    a, b = Backend("a"), Backend("b")
    provider = open_door(servers("ab"), [a, b]).provider("complete")
    await let_all_answer(provider, a, b)
    a.gate.clear()
    b.gate.clear()
    tasks = [asyncio.create_task(ask(provider)) for _ in range(20)]
    await settle()
    shares = (a.in_flight, b.in_flight)
    b.always = DEAD
    b.gate.set()
    await settle()
    a.gate.set()

    assert await asyncio.gather(*tasks) == [("a", "end")] * 20
    assert shares == (10, 10)


async def test_an_answer_that_broke_off_is_not_continued_by_another() -> None:
    a, b = Backend("a", breaks=DEAD), Backend("b")
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")
    with pytest.raises(ProviderUnavailableError):
        await ask(provider)

    assert (a.n_calls, b.n_calls) == (1, 0)


async def test_a_server_that_always_breaks_off_rests_too() -> None:
    a, b = Backend("a"), Backend("b")
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")
    for _ in range(5):
        assert await ask(provider) == ("a", "end")
    a.breaks = DEAD
    for _ in range(3):
        with pytest.raises(ProviderUnavailableError):
            await ask(provider)

    assert await ask(provider) == ("b", "end")


@pytest.mark.parametrize(
    "error",
    [
        DEAD,
        ProviderModelMissingError("No such model."),
        ProviderRateLimitedError("Enough.", retry_after=5),
        ProviderAuthError("No key."),
        ProviderRequestError("No."),
        ModelAbilityError("Cannot."),
        EngineUnavailableError("Gone."),
        KeyError("a mistake in a provider"),
    ],
)
async def test_every_error_before_the_first_token_tries_the_next(error: Exception) -> None:
    a, b = Backend("a", always=error), Backend("b")
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")

    assert await ask(provider) == ("b", "end")
    assert await provider.embed(["xyz"]) == [[3.0]]
    assert (await provider.ready()).name == "b"


@pytest.mark.parametrize(
    ("error", "n_tries"),
    [
        (DEAD, 2),
        (ProviderModelMissingError("No such model."), 1),
        (ProviderRateLimitedError("Enough.", retry_after=5), 1),
        (ProviderAuthError("No key."), 1),
        (ProviderRequestError("No."), 1),
        (ModelAbilityError("Cannot."), 1),
    ],
)
async def test_which_errors_are_tried_again_where_they_came_from(error: PylotError, n_tries: int) -> None:
    """Count tries with no other deployment to go to; the user gets the first error's own sentence."""
    a = Backend("a", always=error)
    with pytest.raises(type(error), match=error.sentence):
        await ask(open_door(servers("a"), [a]).provider("complete"))

    assert a.n_calls == n_tries


async def test_a_server_that_hangs_leaves_time_for_the_next() -> None:
    """The deadline is shared by all tries."""
    a, b = Backend("a", always="hang"), Backend("b")
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")
    answer = await ask(provider, replace(SOME, deadline_ms=60))

    assert answer == ("b", "end")
    assert (b.parameters[0].deadline_ms or 0) < 31


async def test_when_all_hang_the_deadline_ends_the_stream() -> None:
    a = Backend("a", always="hang")
    provider = open_door(servers("a"), [a]).provider("complete")
    finishes = [(await ask(provider, replace(SOME, deadline_ms=40)))[1] for _ in range(3)]
    with pytest.raises(ProviderUnavailableError, match="silent"):
        await ask(provider, replace(SOME, deadline_ms=40))

    assert finishes == ["deadline"] * 3
    assert (a.n_calls, a.in_flight) == (3, 0)


async def test_a_dead_server_rests_and_recovers_by_one_trial() -> None:
    said: list[str] = []
    a, b = Backend("a", always=DEAD), Backend("b")
    door = open_door(servers("a", "b"), [a, b], say=said.append)
    provider = door.provider("complete")
    for _ in range(10):
        assert await ask(provider) == ("b", "end")
    n_before = a.n_calls

    a.clock.advance(10)
    assert await ask(provider) == ("b", "end")
    n_failed_trial = a.n_calls

    a.clock.advance(10)
    a.always = None
    a.gate.clear()
    tasks = [asyncio.create_task(ask(provider)) for _ in range(5)]
    await settle()
    n_trial = a.n_calls
    a.gate.set()
    await asyncio.gather(*tasks)

    assert (n_before, n_failed_trial, n_trial) == (3, 4, 5)
    assert await ask(provider) == ("a", "end")
    assert said == ["b does not answer. Pylot tries it again every 10 s."]


@pytest.mark.parametrize("deadline", [None, 2000.0])
async def test_at_most_three_tries_in_ten_seconds(deadline: float | None) -> None:
    a, b = Backend("a", always=DEAD), Backend("b")
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")
    for _ in range(200):
        assert await ask(provider, replace(SOME, deadline_ms=deadline)) == ("b", "end")
        a.clock.advance(0.25)

    assert max(sum(1 for time in a.times if start <= time < start + 10) for start in a.times) <= 3
    assert len(a.times) >= 6


async def test_who_never_answered_is_not_stormed() -> None:
    a = Backend("a")
    a.gate.clear()
    provider = open_door(servers("a"), [a]).provider("complete")
    tasks = [asyncio.create_task(ask(provider)) for _ in range(50)]
    await settle()
    n_first = a.n_calls
    a.gate.set()

    assert await asyncio.gather(*tasks) == [("a", "end")] * 50
    assert n_first == 3


async def test_a_server_that_wants_a_pause_gets_it() -> None:
    a, b = Backend("a", script={1: ProviderRateLimitedError("Enough.", retry_after=7)}), Backend("b")
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")
    answers = []
    for _ in range(4):
        answers.append((await ask(provider))[0])
        a.clock.advance(3)

    assert answers == ["b", "b", "b", "a"]


async def test_an_agent_waits_for_a_pause_to_end() -> None:
    a = Backend("a", script={1: ProviderRateLimitedError("Enough.", retry_after=0.01)})
    provider = open_door(servers("a"), [a], clock=SystemClock()).provider("chat")

    assert await gather(provider.chat(HELLO, SOME, urgency=Urgency.AGENT)) == ("a", "end")
    assert a.n_calls == 2


async def test_a_wrong_key_is_used_once_until_the_settings_change() -> None:
    said: list[str] = []
    a, b = Backend("a", always=ProviderAuthError("a does not accept the key.")), Backend("b")
    door = open_door(servers("a", "b"), [a, b], say=said.append)
    for _ in range(5):
        assert await ask(door.provider("complete")) == ("b", "end")
        a.clock.advance(1000)
    n_before = a.n_calls
    a.always = None
    door.configure(servers("a", "b"), EngineSettings(context=512))

    assert await ask(door.provider("complete")) == ("a", "end")
    assert n_before == 1
    assert said == ["a does not accept the key. It is not asked again until the settings change."]


@pytest.mark.parametrize(("context_tokens", "expected"), [(4096, ""), (8192, "b")])
async def test_what_is_too_long_goes_to_a_larger_window(context_tokens: int, expected: str) -> None:
    a, b = Backend("a", always=ProviderRequestError("Too long.", too_long=True)), Backend("b")
    b.context_tokens = context_tokens
    provider = open_door(servers("a", "b"), [a, b]).provider("complete")
    if expected:
        assert await ask(provider) == (expected, "end")
    else:
        with pytest.raises(ProviderRequestError, match="Too long"):
            await ask(provider)


async def test_the_embedded_engine_is_judged_by_its_own_link() -> None:
    """It answers each request from memory when it cannot be had, and no health of ours hides that it came back."""
    local = Backend("local", always=EngineUnavailableError("Gone."))
    provider = open_door(servers(["local"]), [local]).provider("complete")
    for _ in range(6):
        with pytest.raises(EngineUnavailableError):
            await ask(provider)
    local.always = None

    assert await ask(provider) == ("local", "end")


async def test_cancelling_wakes_who_waits_for_room() -> None:
    a, token = Backend("a"), CancellationToken()
    a.gate.clear()
    provider = open_door(servers("a", providers={"a": {"concurrency": 1}}), [a]).provider("complete")
    first = asyncio.create_task(ask(provider))
    second = asyncio.create_task(ask(provider, token=token))
    await settle()
    token.cancel("test")

    assert await second == ("", "cancelled")
    a.gate.set()
    assert await first == ("a", "end")
    assert a.n_calls == 1


@pytest.mark.parametrize(
    "limits", [{"providers": {"a": {"concurrency": 2}}}, {"agents": {"reviewer": {"concurrency": 2}}}]
)
async def test_concurrency_is_kept_and_nobody_is_turned_away(limits: dict[str, Any]) -> None:
    """H10: per provider and per agent."""
    a = Backend("a")
    provider = open_door(servers("a", **limits), [a]).provider("chat", agent="reviewer")
    a.gate.clear()
    tasks = [asyncio.create_task(ask(provider)) for _ in range(9)]
    await settle()
    most = a.in_flight
    a.gate.set()

    assert await asyncio.gather(*tasks) == [("a", "end")] * 9
    assert most == 2


@pytest.mark.parametrize(
    "limits", [{"agents": {"completion": {"concurrency": 1}}}, {"agents": {"completion": {"requests_per_minute": 1}}}]
)
async def test_what_nobody_waits_for_uses_up_no_limit(limits: dict[str, Any]) -> None:
    """H10: a suggestion worked out ahead, or a prompt read ahead, keeps nobody from asking."""
    a = Backend("a")
    provider = open_door(servers("a", **limits), [a]).provider("complete", agent="completion")
    a.gate.clear()
    nothing = CompletionParameters(max_tokens=0)
    idle = [
        asyncio.create_task(ask(provider, urgency=Urgency.SPECULATIVE)),
        asyncio.create_task(ask(provider, nothing, urgency=Urgency.INDEX)),
    ]
    await settle()
    asked = asyncio.create_task(ask(provider))
    await settle()

    assert a.in_flight == 3
    a.gate.set()
    assert await asked == ("a", "end")
    await asyncio.gather(*idle)


async def test_an_agent_that_asks_too_often_is_told_by_its_deadline() -> None:
    a = Backend("a")
    settings = servers("a", agents={"reviewer": {"requests_per_minute": 1}})
    door = open_door(settings, [a])
    hurried = CompletionParameters(max_tokens=8, deadline_ms=5)
    await ask(door.provider("chat", agent="reviewer"), hurried)
    with pytest.raises(ProviderRateLimitedError, match=r"models\.agents\.reviewer"):
        await ask(door.provider("coder", agent="reviewer"), hurried)

    assert await ask(door.provider("chat", agent="other"), hurried) == ("a", "end")
    a.clock.advance(60)
    assert await ask(door.provider("chat", agent="reviewer"), hurried) == ("a", "end")


async def test_a_provider_over_its_limit_leaves_work_to_the_next() -> None:
    a, b = Backend("a"), Backend("b")
    provider = open_door(servers("ab", providers={"a": {"requests_per_minute": 10}}), [a, b]).provider("complete")
    answers = [(await ask(provider))[0] for _ in range(3)]

    assert answers == ["a", "b", "b"]


async def test_one_deployment_that_cannot_be_had_does_not_cost_the_others() -> None:
    said: list[str] = []
    settings = servers("ab")
    broken = settings.model_copy(update={"providers": {"b": settings.providers["b"]}})
    provider = open_door(broken, [Backend("b")], say=said.append).provider("complete")

    assert await ask(provider) == ("b", "end")
    assert said == ["The configuration names the provider 'a', but Pylot knows only: embedded, b."]
