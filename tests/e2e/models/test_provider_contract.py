"""What every provider must do (H7, S5): the embedded engine, and servers of both protocols with and without a key.

The servers' part needs `make llama-server` and runs with `make test-slow`.
Where a kind cannot keep the contract, `Kind` says so and why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ModelAbilityError, ProviderAuthError, PylotError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.http.llama_server import LlamaServerProvider
from pylot.models.http.openai_api import OpenAiProvider
from pylot.models.provider import Provider
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, ProviderSettings, RoleSettings
from pylot.models.structured.asking import ask_json, ask_tools
from pylot.models.structured.validation import problem_of
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import (
    ChatMessage,
    CompletionParameters,
    ContextChunk,
    Delta,
    FimPrompt,
    ModelProfile,
    Tool,
    Urgency,
    Usage,
)
from tests.support.model_servers import ModelServers, Program, Served
from tests.support.random_gguf import CHAT_TEMPLATE, PLAIN_TEMPLATE, THINKING_TEMPLATE, RandomModels, Shape

PROMPT = FimPrompt("a.py", "def add(a, b):\n", "    ret", "\n\n\nprint(add(1, 2))\n")
SOME = CompletionParameters(max_tokens=6)
LONG = CompletionParameters(max_tokens=250)
LAMP = Tool(
    "switch",
    "Switch a lamp.",
    {
        "type": "object",
        "properties": {"to": {"enum": ["on", "off"]}},
        "required": ["to"],
        "additionalProperties": False,
    },
)
CONTEXT = 1024
CARD = "qwen-coder"


@dataclass(frozen=True)
class Kind:
    """One way to run a model, and what it cannot do."""

    name: str
    program: Program | None = None
    protocol: type[LlamaServerProvider | OpenAiProvider] | None = None
    key: str = ""
    pooling: str = "none"
    # llama-server keeps half a character back and sends it with the next token, so a delta may be two.
    merges_tokens: bool = False
    # OpenAI's protocol counts tokens after the fact and per prompt only: what each source took is an estimate.
    estimates_sources: bool = False
    # Nor does it tell whether a model has fill-in-the-middle tokens or a chat template: the user's word is taken.
    takes_abilities_on_trust: bool = False
    # Nor has it a field for the size of the context; servers have fields of their own, llama-cpp-python's has none.
    tells_context: bool = True
    # llama-cpp-python's server sends no usage with a stream.
    tells_usage: bool = True

    @property
    def is_server(self) -> bool:
        """Whether there is a server to find, and to miss."""
        return self.program is not None


KINDS = [
    Kind("embedded"),
    Kind("llama-server", "llama-server", LlamaServerProvider, merges_tokens=True),
    Kind("llama-server-key", "llama-server", LlamaServerProvider, "k-1", "mean", merges_tokens=True),
    Kind(
        "openai-llama-server-key",
        "llama-server",
        OpenAiProvider,
        "k-1",
        "mean",
        merges_tokens=True,
        estimates_sources=True,
        takes_abilities_on_trust=True,
    ),
    *(
        Kind(
            f"openai-llama-cpp-python{suffix}",
            "llama-cpp-python",
            OpenAiProvider,
            key,
            estimates_sources=True,
            takes_abilities_on_trust=True,
            tells_context=False,
            tells_usage=False,
        )
        for suffix, key in (("", ""), ("-key", "k-1"))
    ),
]

Make = Callable[[Shape], Provider]


@pytest.fixture(
    params=[pytest.param(kind, id=kind.name, marks=[pytest.mark.slow] if kind.is_server else []) for kind in KINDS]
)
def kind(request: pytest.FixtureRequest) -> Kind:
    found = request.param
    assert isinstance(found, Kind)
    return found


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServers]:
    servers = ModelServers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.stop_all()


@pytest.fixture
async def make(
    kind: Kind,
    own_home: Path,
    random_model: RandomModels,
    servers: ModelServers,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Make]:
    """Return a function from a model's shape to a provider of such a model."""
    opened: list[Models | Provider] = []
    cards = load_cards(shipped_folder() / "models.yaml")
    monkeypatch.setenv("BOX_KEY", kind.key)
    (own_home / "run").mkdir(mode=0o700)

    def embedded(shape: Shape) -> Provider:
        entry = CatalogueEntry(file=str(random_model(shape)))
        models = Models(
            ModelsSettings(roles=RoleSettings(complete="random"), catalogue={"random": entry}),
            EngineSettings(context=CONTEXT, threads=1, idle_seconds=0.1),
            cards=cards,
            models_directory=own_home,
            runtime_directory=own_home / "run",
            log_directory=own_home,
            clock=SystemClock(),
            say=said.append,
        )
        opened.append(models)
        return models.provider("complete")

    def served(shape: Shape) -> Provider:
        assert kind.protocol is not None
        settings = ProviderSettings(
            base_url=servers.url(served_with(kind, random_model(shape))),
            api_key_env="BOX_KEY" if kind.key else "",
            # What cannot be asked for has to be told.
            card=CARD if kind.takes_abilities_on_trust else "",
        )
        provider = kind.protocol("random", settings, "", cards=cards, clock=SystemClock(), say=said.append)
        opened.append(provider)
        return provider

    yield served if kind.is_server else embedded
    for each in opened:
        await each.close()


def served_with(kind: Kind, model: Path) -> Served:
    assert kind.program is not None
    return Served(kind.program, model, kind.key, kind.pooling, CONTEXT)


async def gather(stream: AsyncIterator[Delta | Usage]) -> tuple[list[Delta], list[Usage]]:
    values = [value async for value in stream]
    deltas = [value for value in values if isinstance(value, Delta)]
    return deltas, [value for value in values if isinstance(value, Usage)]


async def test_a_profile_once_ready(make: Make, kind: Kind) -> None:
    provider = make(Shape())
    before, profile = provider.profile, await provider.ready()

    assert before is None
    assert isinstance(profile, ModelProfile)
    assert (profile.has_fim, profile.can_chat) == (True, kind.takes_abilities_on_trust)
    assert (profile.context_tokens == CONTEXT) is kind.tells_context
    assert provider.profile == profile


async def test_a_completion_streams_deltas_and_ends_with_one_usage(make: Make, kind: Kind) -> None:
    deltas, usages = await gather(make(Shape()).complete(PROMPT, SOME))

    assert len(usages) == 1
    assert usages[0].generated_tokens == SOME.max_tokens
    assert len(deltas) == SOME.max_tokens or (kind.merges_tokens and 0 < len(deltas) < SOME.max_tokens)
    assert usages[0].finish == "length"
    assert sum(usages[0].tokens_by_source.values()) == usages[0].prompt_tokens
    assert all(delta.logprob is not None and delta.logprob <= 0 for delta in deltas)


async def test_the_next_keystroke_reuses_the_prompt(make: Make, kind: Kind) -> None:
    provider = make(Shape())
    head = "".join(f"value_{number} = {number}\n" for number in range(60))
    first, second = (FimPrompt("a.py", head, tail, "\n") for tail in ("resul", "result"))
    await gather(provider.complete(first, SOME))
    _, (usage,) = await gather(provider.complete(second, SOME))

    assert (usage.reused_tokens / usage.prompt_tokens > 0.95) is kind.tells_usage


async def test_context_is_accounted_by_source(make: Make, kind: Kind) -> None:
    chunk = ContextChunk("open files", "b.py", "def sub(a, b):\n    return a - b\n", max_tokens=8)
    prompt = FimPrompt(PROMPT.path, PROMPT.head, PROMPT.tail, PROMPT.suffix, (chunk,))
    _, (usage,) = await gather(make(Shape()).complete(prompt, SOME))

    assert 0 < usage.tokens_by_source["open files"] <= (8 + 1) * (2 if kind.estimates_sources else 1)
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


async def test_chat_uses_the_models_own_template(make: Make, kind: Kind) -> None:
    provider = make(Shape(chat_template=CHAT_TEMPLATE))
    deltas, (usage,) = await gather(provider.chat([ChatMessage("user", "hello")], SOME))

    assert (await provider.ready()).can_chat
    assert (usage.prompt_tokens > 5) is kind.tells_usage
    assert len(deltas) > 0


async def test_no_template_no_chat(make: Make, kind: Kind) -> None:
    if kind.takes_abilities_on_trust:
        _, (usage,) = await gather(make(Shape()).chat([ChatMessage("user", "hello")], SOME))
        assert usage.finish == "length"
        return
    with pytest.raises(ModelAbilityError, match="no chat template"):
        await gather(make(Shape()).chat([ChatMessage("user", "hello")], SOME))


async def test_json_of_a_schema(make: Make) -> None:
    """T10: what random weights answer has been held to the schema; that it fits is checked all the same."""
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["file", "folder"]}, "hidden": {"type": "boolean"}},
        "required": ["kind", "hidden"],
        "additionalProperties": False,
    }
    question = [ChatMessage("user", "What is a.py?")]
    answer = await ask_json(make(Shape(chat_template=PLAIN_TEMPLATE)), question, schema, LONG)

    assert problem_of(answer.value, schema) == ""


async def test_a_call_of_a_tool_and_its_result(make: Make, tmp_path: Path) -> None:
    """T10: in whatever form the probe has found."""
    provider = make(Shape(chat_template=PLAIN_TEMPLATE))
    verdicts = Verdicts(tmp_path)
    question = ChatMessage("user", "Switch the lamp on.")
    first = await ask_tools(provider, [question], [LAMP], LONG, verdicts=verdicts, must_call=True)
    call = first.calls[0]
    conversation = [question, first.message(), call.result("done")]
    second = await ask_tools(provider, conversation, [LAMP], LONG, verdicts=verdicts, must_call=True)

    assert [(each.name, problem_of(each.arguments, LAMP.parameters)) for each in (call, second.calls[0])] == [
        ("switch", ""),
        ("switch", ""),
    ]
    assert Verdicts(tmp_path).get((await provider.ready()).identity) is not None


async def test_reasoning_can_be_switched_off(make: Make, kind: Kind) -> None:
    """H18: the template is told, and what was thought aloud is no part of the answer."""
    provider = make(Shape(chat_template=THINKING_TEMPLATE))
    question = [ChatMessage("user", "hello")]
    _, (thinking,) = await gather(provider.chat(question, replace(SOME, reasoning=True)))
    deltas, (silent,) = await gather(provider.chat(question, replace(SOME, reasoning=False)))

    assert not any("<think>" in delta.text or delta.reasoning for delta in deltas)
    assert (silent.prompt_tokens > thinking.prompt_tokens) is kind.tells_usage


async def test_thoughts_that_the_prompt_has_begun_are_kept_apart(make: Make, kind: Kind) -> None:
    """H18: and where a template cannot be told to leave them out, they are closed before they begin."""
    if kind.is_server:
        # What a server makes of its own prompt is its own affair.
        return
    provider = make(Shape(chat_template=PLAIN_TEMPLATE + "<think>\n"))
    question = [ChatMessage("user", "hello")]
    aloud, _ = await gather(provider.chat(question, SOME))
    silent, _ = await gather(provider.chat(question, replace(SOME, reasoning=False)))
    answer = await ask_json(provider, question, {"enum": ["a", "b"]}, replace(LONG, reasoning=False))

    assert ("".join(delta.text for delta in aloud), any(delta.reasoning for delta in aloud)) == ("", True)
    assert ("".join(delta.reasoning for delta in silent), any(delta.text for delta in silent)) == ("", True)
    assert answer.value in ("a", "b")


async def test_embeddings(make: Make) -> None:
    one, two, again = await make(Shape()).embed(["def f():", "SELECT 1", "def f():"])

    assert one == pytest.approx(again)
    assert one != pytest.approx(two, abs=1e-3)


async def test_a_model_without_fim_completes_from_the_prefix_and_says_so_once(
    make: Make, kind: Kind, said: list[str]
) -> None:
    if kind.takes_abilities_on_trust:
        assert (await make(Shape(fim=False)).ready()).has_fim
        return
    provider = make(Shape(fim=False))
    for _ in range(2):
        _, (usage,) = await gather(provider.complete(PROMPT, SOME))

    assert "suffix" not in usage.tokens_by_source
    assert said == ["random has no fill-in-the-middle tokens: it completes from the text before the cursor only."]


async def test_tokens_that_no_card_spells_are_used_all_the_same(make: Make, kind: Kind, said: list[str]) -> None:
    """The engine finds them in the file; a llama-server does so when it is asked for /infill."""
    if kind.takes_abilities_on_trust:
        return
    provider = make(Shape(fim_is_spelled=False))
    chunk = ContextChunk("open files", "b.py", "def sub(a, b):\n", max_tokens=8)
    prompt = FimPrompt(PROMPT.path, PROMPT.head, PROMPT.tail, PROMPT.suffix, (chunk,))
    _, (usage,) = await gather(provider.complete(prompt, SOME))

    assert (await provider.ready()).has_fim
    assert usage.finish == "length"
    assert sum(usage.tokens_by_source.values()) == usage.prompt_tokens
    assert set(usage.tokens_by_source) >= {"template", "open files", "prefix", "typed", "suffix"}
    assert said == []


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


async def test_what_is_not_there_is_one_sentence(
    make: Make, kind: Kind, random_model: RandomModels, servers: ModelServers
) -> None:
    shape = Shape(name=f"soon-gone-{kind.name}")
    provider, model = make(shape), random_model(shape)
    if kind.is_server:
        servers.stop(served_with(kind, model))
    else:
        model.unlink()
    with pytest.raises(PylotError, match=r"There is no model file|cannot be reached: nothing answers there"):
        await provider.ready()

    assert (await provider.status())["state"] == "problem"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.key], ids=lambda kind: kind.name)
async def test_a_wrong_key_is_one_sentence(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = make(Shape())
    monkeypatch.setenv("BOX_KEY", "wrong")
    with pytest.raises(ProviderAuthError, match="does not accept the key"):
        await gather(provider.complete(PROMPT, SOME))
