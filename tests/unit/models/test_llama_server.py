"""What is asked of a llama-server, and what is made of its facts (H8, H16)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ConfigError, ModelAbilityError, ProviderModelMissingError, ProviderUnavailableError
from pylot.models.cards import load_cards
from pylot.models.http.embeddings import embed
from pylot.models.http.llama_requests import completion_body
from pylot.models.http.llama_server import LlamaServerProvider
from pylot.models.settings import ProviderSettings
from pylot.models.values import ChatMessage, CompletionParameters, FimPrompt
from tests.support.faulty_server import MODEL, FaultyServer, faulty_server

SOME = CompletionParameters(max_tokens=6, stops=("\n",))
PROMPT = FimPrompt("a.py", "head\n", "tail", "suffix", max_head_tokens=3)


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with faulty_server() as server:
        yield server


@pytest.fixture
async def provider(server: FaultyServer) -> AsyncIterator[LlamaServerProvider]:
    provider = make(server)
    yield provider
    await provider.close()


def make(server: FaultyServer, model: str = MODEL, **settings: Any) -> LlamaServerProvider:
    cards = load_cards(shipped_folder() / "models.yaml")
    values = {"base_url": f"{server.url}/v1", **settings}
    return LlamaServerProvider(
        "box", ProviderSettings(**values), model, cards=cards, clock=SystemClock(), say=lambda sentence: None
    )


async def test_the_prompt_is_tokens_with_the_typed_text_last(
    server: FaultyServer, provider: LlamaServerProvider
) -> None:
    """ANCH order, exact budgets, a fixed slot: what makes a keystroke cost one token."""
    [_ async for _ in provider.complete(PROMPT, SOME)]
    body = next(body for body in server.bodies if "prompt" in body)
    ids = server.special

    assert body["prompt"] == [
        *(ids["<|file_sep|>"], *map(ord, "a.py\n")),
        *(ids["<|fim_prefix|>"], *map(ord, "ad\n")),
        *(ids["<|fim_suffix|>"], *map(ord, "suffix")),
        *(ids["<|fim_middle|>"], *map(ord, "tail")),
    ]
    assert (body["id_slot"], body["cache_prompt"], body["stop"], body["n_probs"]) == (0, True, ["\n"], 1)


async def test_what_stays_the_same_is_tokenized_once(server: FaultyServer, provider: LlamaServerProvider) -> None:
    for tail in ("t", "ta"):
        prompt = FimPrompt(PROMPT.path, PROMPT.head, tail, PROMPT.suffix)
        [_ async for _ in provider.complete(prompt, SOME)]
    asked = [body["content"] for body in server.bodies if isinstance(body.get("content"), str)]

    assert len(asked) == len(set(asked)) + 1  # The facts ask for one letter twice.
    assert {"t", "ta", "head\n", "suffix"} <= set(asked)


async def test_chat_has_a_slot_of_its_own(server: FaultyServer, provider: LlamaServerProvider) -> None:
    parameters = CompletionParameters(max_tokens=6, reasoning=False)
    [_ async for _ in provider.chat([ChatMessage("user", "hello")], parameters)]
    body = next(body for body in server.bodies if "messages" in body)

    assert body["id_slot"] != completion_body(SOME, [], [])["id_slot"]
    assert body["chat_template_kwargs"] == {"enable_thinking": False}


async def test_a_chat_template_for_tokens_that_the_model_lacks_is_none(server: FaultyServer) -> None:
    """llama-server gives ChatML to models that have no template."""
    server.chat_template = "<|im_start|>{{ messages }}"
    provider = make(server)

    assert not (await provider.ready()).can_chat
    with pytest.raises(ModelAbilityError, match="no chat template"):
        [_ async for _ in provider.chat([ChatMessage("user", "hello")], SOME)]
    await provider.close()


@pytest.mark.parametrize(
    ("model", "serves"),
    [("", True), (MODEL, True), ("GOOD-model.gguf", True), ("good", True), ("codellama", False)],
)
async def test_another_model_than_the_configured_one_is_refused(server: FaultyServer, model: str, serves: bool) -> None:
    provider = make(server, model)
    if serves:
        assert (await provider.ready()).name == MODEL
    else:
        with pytest.raises(ProviderModelMissingError, match=f"serves {MODEL}, not codellama"):
            await provider.ready()
    await provider.close()


async def test_an_unknown_card_is_one_sentence(server: FaultyServer) -> None:
    provider = make(server, card="nobody")
    with pytest.raises(ConfigError, match="There is no model card 'nobody'"):
        await provider.ready()
    await provider.close()


async def test_a_failure_is_told_by_status_until_it_is_over(
    server: FaultyServer, provider: LlamaServerProvider
) -> None:
    states = [(await provider.status())["state"]]
    await server.be("refuse")
    with pytest.raises(ProviderUnavailableError):
        await provider.ready()
    states.append((await provider.status())["state"])
    await server.be("good")
    await provider.ready()
    states.append((await provider.status())["state"])
    await provider.close()
    states.append((await provider.status())["state"])

    assert states == ["not started", "problem", "ready", "problem"]


class FakeClient:
    """Answer one embedding request after another."""

    who = "box"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []

    async def post(self, path: str, body: dict[str, Any], *, limit: int) -> Any:
        self.asked.append(body["input"])
        return {"data": self.answers.pop(0)}


async def test_vectors_come_in_the_order_of_the_texts_and_with_length_one() -> None:
    client = FakeClient([{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}])

    assert await embed(client, "/v1/embeddings", ["a", "b"], {}) == [[0.6, 0.8], [0.0, 1.0]]  # type: ignore[arg-type]


async def test_texts_whose_tokens_are_not_pooled_are_asked_for_alone() -> None:
    mixed = [{"embedding": [[1, 0]]}, {"embedding": [[0, 1]]}]
    client = FakeClient(mixed, [{"embedding": [[1, 0], [0, 1]]}], [{"embedding": [[0, 3]]}])
    vectors = await embed(client, "/v1/embeddings", ["a", "b"], {})  # type: ignore[arg-type]

    assert client.asked == [["a", "b"], ["a"], ["b"]]
    assert vectors == [pytest.approx([0.5**0.5, 0.5**0.5]), [0.0, 1.0]]


@pytest.mark.parametrize(
    "data",
    [None, [], [{"embedding": [1]}] * 2, ["x"], [{"embedding": "x"}], [{"embedding": [0, 0]}], [{"embedding": [None]}],
     [{"embedding": [1e400]}], [{"embedding": []}], [{"embedding": [[1], [1, 2]]}]],
)  # fmt: skip
async def test_vectors_that_are_none(data: Any) -> None:
    with pytest.raises(ProviderUnavailableError, match="garbage"):
        await embed(FakeClient(data), "/v1/embeddings", ["a"], {})  # type: ignore[arg-type]
