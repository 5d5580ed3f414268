"""Ask a provider again and again while its server does everything wrong, and hold it to what users were promised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import PylotError
from pylot.models.cards import load_cards
from pylot.models.http.llama_server import LlamaServerProvider
from pylot.models.http.openai_api import OpenAiProvider
from pylot.models.provider import Provider
from pylot.models.settings import ProviderSettings
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, Usage
from tests.support.faulty_server import ANSWER, MODEL, TOKENS, FaultyServer, Mode

DEADLINE_MS = 60.0
PROMPT = FimPrompt("a.py", "def add(a, b):\n", "    ret", "\n")
FINISHES = {"length", "end", "stop", "deadline", "cancelled", "floor"}
# Only these cannot be told from a server that thinks; the others must be found out without a deadline's help.
_SILENT: tuple[Mode, ...] = ("hang", "trickle")
# Longer than any deadline here: a request that needs it has missed its own.
_GUARD_SECONDS = 5.0


def llama_server(server: FaultyServer) -> Provider:
    """Return a provider of the kind `llama-server`."""
    return _make(LlamaServerProvider, server)


def openai(server: FaultyServer) -> Provider:
    """Return a provider of the kind `openai`."""
    return _make(OpenAiProvider, server)


def _make(kind: Callable[..., Provider], server: FaultyServer) -> Provider:
    cards = load_cards(shipped_folder() / "models.yaml")
    settings = ProviderSettings(base_url=server.url, card="qwen-coder")
    return kind("box", settings, MODEL, cards=cards, clock=SystemClock(), say=lambda sentence: None)


PROVIDERS = {"llama-server": llama_server, "openai": openai}


async def attack(provider: Provider, server: FaultyServer, mode: Mode, n_requests: int) -> list[str]:
    """Send requests in one mode, completions and chats in turn; return what each came to."""
    outcomes = []
    for number in range(n_requests):
        # Sometimes the fault meets a provider that is at work, sometimes one that has to begin anew.
        await server.be("good" if number % 3 == 0 else mode)
        if number % 3 == 0:
            assert await _outcome(provider, number, None) == "length"
            await server.be(mode)
        outcomes.append(await _outcome(provider, number, DEADLINE_MS if mode in _SILENT else None))
    return outcomes


async def _outcome(provider: Provider, number: int, deadline_ms: float | None) -> str:
    parameters = CompletionParameters(max_tokens=len(TOKENS), deadline_ms=deadline_ms)
    stream = (
        provider.chat([ChatMessage("user", "hello")], parameters)
        if number % 2
        else provider.complete(PROMPT, parameters)
    )
    try:
        async with asyncio.timeout(_GUARD_SECONDS):
            return await _read(stream)
    except PylotError as error:
        assert error.sentence.endswith(".")
        assert "\n" not in error.sentence
        return type(error).__name__


async def _read(stream: AsyncIterator[Delta | Usage]) -> str:
    text, usages = "", list[Usage]()
    async for value in stream:
        assert not usages, "something follows the usage"
        if isinstance(value, Usage):
            usages.append(value)
        else:
            text += value.text
            assert_not_garbled(text)
    (usage,) = usages
    assert usage.finish in FINISHES
    assert usage.finish != "length" or len(text) >= min(map(len, TOKENS)) * len(TOKENS)
    return usage.finish


def assert_not_garbled(text: str) -> None:
    """Hold a text to what the server can have meant: its answer so far, or one token without end."""
    repeated = TOKENS[0] + TOKENS[1] * len(TOKENS)
    assert ANSWER.startswith(text) or repeated.startswith(text)
