"""What every provider must do (H7); the embedded engine is the first to be held to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ModelAbilityError, PylotError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.provider import Provider
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, RoleSettings
from pylot.models.values import (
    ChatMessage,
    CompletionParameters,
    ContextChunk,
    Delta,
    FimPrompt,
    ModelProfile,
    Urgency,
    Usage,
)
from tests.support.random_gguf import CHAT_TEMPLATE, RandomModels, Shape

PROMPT = FimPrompt("a.py", "def add(a, b):\n", "    ret", "\n\n\nprint(add(1, 2))\n")
SOME = CompletionParameters(max_tokens=6)

Make = Callable[[Shape], Provider]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def make(own_home: Path, random_model: RandomModels, said: list[str]) -> AsyncIterator[Make]:
    """Return a function from a model's shape to a provider of such a model."""
    opened: list[Models] = []
    (own_home / "run").mkdir(mode=0o700)

    def new(shape: Shape) -> Provider:
        entry = CatalogueEntry(file=str(random_model(shape)))
        models = Models(
            ModelsSettings(roles=RoleSettings(complete="random"), catalogue={"random": entry}),
            EngineSettings(context=1024, threads=1, idle_seconds=0.1),
            cards=load_cards(shipped_folder() / "models.yaml"),
            models_directory=own_home,
            runtime_directory=own_home / "run",
            log_directory=own_home,
            clock=SystemClock(),
            say=said.append,
        )
        opened.append(models)
        return models.provider("complete")

    yield new
    for models in opened:
        await models.close()


async def gather(stream: AsyncIterator[Delta | Usage]) -> tuple[list[Delta], list[Usage]]:
    values = [value async for value in stream]
    deltas = [value for value in values if isinstance(value, Delta)]
    return deltas, [value for value in values if isinstance(value, Usage)]


async def test_a_profile_once_ready(make: Make) -> None:
    provider = make(Shape())
    before, profile = provider.profile, await provider.ready()

    assert before is None
    assert isinstance(profile, ModelProfile)
    assert (profile.has_fim, profile.can_chat, profile.context_tokens) == (True, False, 1024)
    assert provider.profile == profile


async def test_a_completion_streams_deltas_and_ends_with_one_usage(make: Make) -> None:
    deltas, usages = await gather(make(Shape()).complete(PROMPT, SOME))

    assert len(usages) == 1
    assert usages[0].generated_tokens == len(deltas) == SOME.max_tokens
    assert usages[0].finish == "length"
    assert sum(usages[0].tokens_by_source.values()) == usages[0].prompt_tokens
    assert all(delta.logprob is not None and delta.logprob <= 0 for delta in deltas)


async def test_the_next_keystroke_reuses_the_prompt(make: Make) -> None:
    provider = make(Shape())
    head = "".join(f"value_{number} = {number}\n" for number in range(60))
    first, second = (FimPrompt("a.py", head, tail, "\n") for tail in ("resul", "result"))
    await gather(provider.complete(first, SOME))
    _, (usage,) = await gather(provider.complete(second, SOME))

    assert usage.reused_tokens / usage.prompt_tokens > 0.95


async def test_context_is_accounted_by_source(make: Make) -> None:
    chunk = ContextChunk("open files", "b.py", "def sub(a, b):\n    return a - b\n", max_tokens=8)
    prompt = FimPrompt(PROMPT.path, PROMPT.head, PROMPT.tail, PROMPT.suffix, (chunk,))
    _, (usage,) = await gather(make(Shape()).complete(prompt, SOME))

    assert 0 < usage.tokens_by_source["open files"] <= 8 + 1
    assert set(usage.tokens_by_source) >= {"template", "prefix", "typed", "suffix"}


async def test_warm_up_generates_nothing(make: Make) -> None:
    deltas, (usage,) = await gather(
        make(Shape()).complete(PROMPT, CompletionParameters(max_tokens=0), urgency=Urgency.SPECULATIVE)
    )

    assert deltas == []
    assert usage.finish == "warm"


async def test_cancelling_ends_the_stream_with_a_usage(make: Make) -> None:
    token = CancellationToken()
    seen = []
    slow = make(Shape(n_layers=12, embedding=256, feed_forward=512, heads=4, kv_heads=2))
    async for value in slow.complete(PROMPT, CompletionParameters(max_tokens=900), token=token):
        seen.append(value)
        token.cancel("test")

    assert isinstance(seen[-1], Usage)
    assert seen[-1].finish == "cancelled"


@pytest.mark.parametrize(
    ("parameters", "finish"),
    [
        (CompletionParameters(max_tokens=50, deadline_ms=0), "deadline"),
        (CompletionParameters(max_tokens=50, floor_logprob=0.0), "floor"),
        (CompletionParameters(max_tokens=3, temperature=0.8, seed=1), "length"),
    ],
)
async def test_why_a_stream_ends(make: Make, parameters: CompletionParameters, finish: str) -> None:
    _, (usage,) = await gather(make(Shape()).complete(PROMPT, parameters))

    assert usage.finish == finish


async def test_chat_uses_the_models_own_template(make: Make) -> None:
    provider = make(Shape(chat_template=CHAT_TEMPLATE))
    deltas, (usage,) = await gather(provider.chat([ChatMessage("user", "hello")], SOME))

    assert (await provider.ready()).can_chat
    assert usage.prompt_tokens > 5
    assert len(deltas) > 0


async def test_no_template_no_chat(make: Make) -> None:
    with pytest.raises(ModelAbilityError, match="no chat template"):
        await gather(make(Shape()).chat([ChatMessage("user", "hello")], SOME))


async def test_embeddings(make: Make) -> None:
    one, two, again = await make(Shape()).embed(["def f():", "SELECT 1", "def f():"])

    assert one == pytest.approx(again)
    assert one != pytest.approx(two, abs=1e-3)


async def test_a_model_without_fim_completes_from_the_prefix_and_says_so_once(make: Make, said: list[str]) -> None:
    provider = make(Shape(fim=False))
    for _ in range(2):
        _, (usage,) = await gather(provider.complete(PROMPT, SOME))

    assert "suffix" not in usage.tokens_by_source
    assert said == ["random has no fill-in-the-middle tokens: it completes from the text before the cursor only."]


async def test_user_text_that_spells_a_special_token_stays_text(make: Make) -> None:
    provider = make(Shape())
    plain = FimPrompt("a.py", "", "x", "")
    spelled = FimPrompt("a.py", "", "<|fim_middle|>", "")
    _, (first,) = await gather(provider.complete(plain, SOME))
    _, (second,) = await gather(provider.complete(spelled, SOME))

    assert second.tokens_by_source["typed"] > first.tokens_by_source["typed"] == 1


async def test_status_never_raises(make: Make) -> None:
    provider = make(Shape())
    before = await provider.status()
    await provider.ready()
    after = await provider.status()

    assert (before["state"], after["state"]) == ("not started", "ready")


async def test_a_missing_file_is_one_sentence(make: Make, random_model: RandomModels) -> None:
    provider = make(Shape(name="soon-gone"))
    random_model(Shape(name="soon-gone")).unlink()
    with pytest.raises(PylotError, match="There is no model file"):
        await provider.ready()

    assert (await provider.status())["state"] == "problem"
