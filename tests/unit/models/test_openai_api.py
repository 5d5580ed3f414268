"""How the provider for OpenAI's protocol finds out what a server can (H8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ConfigError, ProviderRequestError
from pylot.models.cards import load_cards
from pylot.models.http.openai_api import OpenAiProvider
from pylot.models.settings import ProviderSettings
from pylot.models.values import CompletionParameters, FimPrompt, Usage
from tests.support.faulty_server import MODEL, FaultyServer, faulty_server

SOME = CompletionParameters(max_tokens=6)
PROMPT = FimPrompt("a.py", "head\n", "tail", "behind")


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with faulty_server() as server:
        yield server


@pytest.fixture
def said() -> list[str]:
    return []


def make(server: FaultyServer, said: list[str], model: str = MODEL, **settings: Any) -> OpenAiProvider:
    cards = load_cards(shipped_folder() / "models.yaml")
    values = {"base_url": server.url, **settings}
    return OpenAiProvider("box", ProviderSettings(**values), model, cards=cards, clock=SystemClock(), say=said.append)


async def complete(provider: OpenAiProvider, parameters: CompletionParameters = SOME) -> Usage:
    *_, usage = [value async for value in provider.complete(PROMPT, parameters)]
    assert isinstance(usage, Usage)
    return usage


async def test_prompt_and_suffix_are_sent_apart(server: FaultyServer, said: list[str]) -> None:
    provider = make(server, said)
    usage = await complete(provider)
    body = server.bodies[-1]

    assert (body["prompt"], body["suffix"], body["model"]) == ("head\ntail", "behind", MODEL)
    assert usage.tokens_by_source.keys() == {"prefix", "typed", "suffix"}
    assert sum(usage.tokens_by_source.values()) == usage.prompt_tokens == 20
    assert (await provider.ready()).context_tokens == 512
    await provider.close()


async def test_what_the_user_says_of_its_context_counts(server: FaultyServer, said: list[str]) -> None:
    provider = make(server, said, context=32_768)

    assert (await provider.ready()).context_tokens == 32_768
    await provider.close()


@pytest.mark.parametrize(
    ("model", "prompt", "has_fim"),
    [
        (MODEL, "head\ntail", False),
        ("qwen2.5-coder:1.5b", "<|file_sep|>a.py\n<|fim_prefix|>head\n<|fim_suffix|>behind<|fim_middle|>tail", True),
    ],
)
async def test_a_server_that_takes_no_suffix(
    server: FaultyServer, said: list[str], model: str, prompt: str, has_fim: bool
) -> None:
    """A known model's own tokens do it then; for an unknown one the text behind the cursor is left out, and said."""
    server.refuses = {"suffix"}
    provider = make(server, said, model)
    for _ in range(2):
        await complete(provider)

    assert "suffix" not in server.bodies[-1]
    assert server.bodies[-1]["prompt"] == prompt
    assert server.requests.count("/v1/completions") == 3
    assert (await provider.ready()).has_fim is has_fim
    assert len(said) == (not has_fim)
    await provider.close()


async def test_fields_that_a_server_does_not_know_cost_one_request(server: FaultyServer, said: list[str]) -> None:
    server.refuses = {"logprobs"}
    provider = make(server, said)
    for _ in range(2):
        assert (await complete(provider)).finish == "length"

    assert server.requests.count("/v1/completions") == 3
    await provider.close()


async def test_a_prompt_that_is_too_long_is_not_sent_again(server: FaultyServer, said: list[str]) -> None:
    provider = make(server, said)
    await provider.ready()
    await server.be("too long")
    with pytest.raises(ProviderRequestError) as caught:
        await complete(provider)

    assert caught.value.too_long
    assert server.requests.count("/v1/completions") == 1
    await provider.close()


@pytest.mark.parametrize(("base", "path"), [("", "/v1/models"), ("/v1", "/v1/models"), ("/api/x", "/api/x/models")])
async def test_base_path(server: FaultyServer, said: list[str], base: str, path: str) -> None:
    provider = make(server, said, base_url=server.url + base)
    await provider.ready()

    assert server.requests == [path]
    await provider.close()


async def test_without_a_name_the_servers_first_model_is_meant(server: FaultyServer, said: list[str]) -> None:
    provider = make(server, said, model="")

    assert (await provider.ready()).name == MODEL
    await provider.close()


async def test_far_servers_are_not_warmed_up(server: FaultyServer, said: list[str]) -> None:
    """Preparing a cache that is somebody else's would only send code and cost money."""
    provider = make(server, said)
    await provider.ready()
    near = await complete(provider, CompletionParameters(max_tokens=0))
    n_requests = len(server.requests)
    provider._client.address = type(provider._client.address)(server.url, server.url, "", "", is_loopback=False)
    far = await complete(provider, CompletionParameters(max_tokens=0))

    assert (near.finish, far.finish) == ("warm", "warm")
    assert len(server.requests) == n_requests
    await provider.close()


def test_an_unknown_card_is_one_sentence(said: list[str]) -> None:
    with pytest.raises(ConfigError, match="There is no model card 'nobody'"):
        make(FaultyServer(), said, card="nobody", base_url="http://127.0.0.1:1")
