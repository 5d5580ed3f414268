"""A server that does everything wrong costs an answer, never more (H15, S6, T13)."""

from __future__ import annotations

import asyncio

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ProviderUnavailableError
from pylot.models.provider import Provider
from pylot.models.values import CompletionParameters, Urgency, Usage
from tests.support.backend_nemesis import PROMPT, PROVIDERS, attack, llama_server
from tests.support.faulty_server import MODES, Mode, faulty_server


@pytest.mark.parametrize("kind", PROVIDERS)
@pytest.mark.parametrize("mode", MODES)
async def test_every_request_is_answered_in_time_and_nothing_garbled_is_shown(kind: str, mode: Mode) -> None:
    async with faulty_server() as server:
        provider = PROVIDERS[kind](server)
        outcomes = await attack(provider, server, mode, 10)

        assert len(outcomes) == 10
        assert ("length" in outcomes) == (mode in ("good", "endless"))
        assert await attack(provider, server, "good", 1) == ["length"]
        await provider.close()


async def test_a_swapped_model_gets_a_prompt_of_its_own() -> None:
    """Tokens are numbers of one vocabulary: after a restart with another model they would be garbage."""
    async with faulty_server() as server:
        provider = llama_server(server)
        await provider.ready()
        await server.be("refuse")
        server.special = {name: number + 5000 for name, number in server.special.items()}
        server.context_tokens = 1024
        await server.be("good")
        usage = await finish_of(provider)

        prompt = next(body["prompt"] for body in reversed(server.bodies) if "prompt" in body)
        assert usage.finish == "length"
        assert set(server.special.values()) & set(prompt)
        assert not {1, 2, 3, 4, 5} & set(prompt)
        assert (await provider.ready()).context_tokens == 1024
        await provider.close()


async def test_ghost_text_that_is_waited_for_ends_a_speculative_one() -> None:
    async with faulty_server() as server:
        provider = llama_server(server)
        await provider.ready()
        await server.be("hang")
        speculative = asyncio.create_task(finish_of(provider, max_tokens=0, urgency=Urgency.SPECULATIVE))
        await asyncio.sleep(0)
        visible = await finish_of(provider, deadline_ms=20)

        assert (await speculative).finish == "cancelled"
        assert visible.finish == "deadline"
        await provider.close()


@pytest.mark.parametrize("kind", PROVIDERS)
async def test_cancelling_closes_the_connection_at_once(kind: str) -> None:
    async with faulty_server() as server:
        provider = PROVIDERS[kind](server)
        await provider.ready()
        await server.be("hang")
        token = CancellationToken()
        waiting = asyncio.create_task(finish_of(provider, token=token))
        while len(server.requests) < 2:
            await asyncio.sleep(0)
        token.cancel("test")

        assert (await waiting).finish == "cancelled"
        await provider.close()


@pytest.mark.parametrize("kind", PROVIDERS)
async def test_a_broken_stream_says_that_it_had_begun(kind: str) -> None:
    """Whoever routes must not send a request elsewhere once something of its answer was shown (T13)."""
    async with faulty_server() as server:
        provider = PROVIDERS[kind](server)
        await provider.ready()
        begun = {}
        modes: list[Mode] = ["cut", "status 500"]
        for mode in modes:
            await server.be(mode)
            with pytest.raises(ProviderUnavailableError) as caught:
                await finish_of(provider)
            begun[mode] = caught.value.begun
            await server.be("good")
            await finish_of(provider)

        assert begun == {"cut": True, "status 500": False}
        await provider.close()


async def finish_of(
    provider: Provider,
    *,
    max_tokens: int = 6,
    deadline_ms: float | None = None,
    urgency: Urgency = Urgency.COMPLETION,
    token: CancellationToken | None = None,
) -> Usage:
    parameters = CompletionParameters(max_tokens, deadline_ms=deadline_ms)
    values = [value async for value in provider.complete(PROMPT, parameters, urgency=urgency, token=token)]
    assert isinstance(values[-1], Usage)
    return values[-1]
