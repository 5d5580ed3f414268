"""When a streamed answer ends and why, whatever its server does (S6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ProviderUnavailableError
from pylot.models.http import generation
from pylot.models.http.generation import Chunk, Counts, Generation
from pylot.models.values import CompletionParameters, Delta, Usage

END = Chunk(is_token=False, finish="end", is_last=True)


async def stream(chunks: Sequence[Chunk | float]) -> AsyncGenerator[Chunk]:
    for chunk in chunks:
        if isinstance(chunk, float):
            await asyncio.sleep(chunk)
        else:
            yield chunk


async def run(
    chunks: Sequence[Chunk | float],
    parameters: CompletionParameters,
    token: CancellationToken | None = None,
    total_seconds: float = 5.0,
) -> tuple[list[Delta], Usage]:
    one = Generation("box", parameters, token=token, total_seconds=total_seconds, clock=ManualClock(), stops=["<end>"])
    values = [value async for value in one.run(stream(chunks))]
    deltas = [value for value in values if isinstance(value, Delta)]
    (usage,) = [value for value in values if isinstance(value, Usage)]
    assert values[-1] is usage
    return deltas, usage


FIVE = CompletionParameters(max_tokens=5)
FOREVER = 60.0


@pytest.mark.parametrize(
    ("chunks", "parameters", "text", "finish"),
    [
        ([Chunk("a"), Chunk("b"), END], FIVE, "ab", "end"),
        ([Chunk("a", finish="length")], FIVE, "a", "length"),
        ([Chunk("a", finish="length"), FOREVER], FIVE, "a", "length"),
        ([Chunk("a")] * 9 + [FOREVER], FIVE, "aaaaa", "length"),
        ([Chunk("a<e"), Chunk("nd>b"), FOREVER], FIVE, "a", "stop"),
        ([Chunk("a<e"), END], FIVE, "a<e", "end"),
        ([Chunk("a"), Chunk("x;y"), FOREVER], CompletionParameters(5, stops=(";",)), "ax", "stop"),
        ([Chunk("a", "", -0.1), Chunk("b", "", -3), FOREVER], CompletionParameters(5, floor_logprob=-1), "a", "floor"),
        ([Chunk("a", "", None), END], CompletionParameters(5, floor_logprob=-1.0), "a", "end"),
        ([Chunk("a"), FOREVER], CompletionParameters(5, deadline_ms=10), "a", "deadline"),
        ([Chunk("a"), END], CompletionParameters(5, deadline_ms=0), "", "deadline"),
        ([Chunk("a"), END], CompletionParameters(0), "", "warm"),
        ([Chunk("\ud800"), END], FIVE, "?", "end"),
    ],
)  # fmt: skip
async def test_ends(
    chunks: list[Chunk | float],
    parameters: CompletionParameters,
    text: str,
    finish: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generation, "_AFTERMATH_SECONDS", 0.01)
    deltas, usage = await run(chunks, parameters)

    assert ("".join(delta.text for delta in deltas), usage.finish) == (text, finish)


@pytest.mark.parametrize(
    ("chunks", "sentence", "begun"),
    [
        ([], "broke off", False),
        ([Chunk("a")], "broke off", True),
        ([Chunk("a"), Chunk(is_token=False, is_last=True)], "broke off", True),
        ([Chunk(reasoning="hm")], "broke off", True),
        ([FOREVER], "did not finish within 0.01 s", False),
        ([Chunk("a" * 10_000), END], "far more text than was asked for", True),
    ],
)
async def test_failures(chunks: list[Chunk | float], sentence: str, begun: bool) -> None:
    with pytest.raises(ProviderUnavailableError, match=f"^box .*{sentence}.$") as caught:
        await run(chunks, FIVE, total_seconds=0.01)

    assert caught.value.begun is begun


async def test_cancelling_before_and_while_waiting() -> None:
    token = CancellationToken()
    waiting = asyncio.create_task(run([Chunk("a"), FOREVER], FIVE, token))
    await asyncio.sleep(0)
    token.cancel("test")
    _, usage = await waiting
    _, again = await run([Chunk("a"), END], FIVE, token)

    assert (usage.finish, again.finish) == ("cancelled", "cancelled")


async def test_figures_are_the_servers_own_where_it_tells_them() -> None:
    told = Counts(20, 15, 5, 3, 7.5, {"prefix": 20})
    _, usage = await run([Chunk("a"), Chunk(is_token=False, finish="end", counts=told, is_last=True)], FIVE)
    _, silent = await run([Chunk("a"), END], FIVE)

    assert usage == Usage("end", 20, 15, 5, 3, {"prefix": 20}, 0.0, 0.0, 7.5, 0.0)
    assert (silent.prompt_tokens, silent.generated_tokens) == (0, 1)
