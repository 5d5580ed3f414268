"""The real door to models over deployments that answer, fail and hang by script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pylot.config.shipped import shipped_folder
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock, ManualClock
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.provider import Provider
from pylot.models.settings import DeploymentSettings, EngineSettings, ModelsSettings
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage
from tests.support.scripted_provider import PROFILE

PROMPT = FimPrompt("a.py", "def add(a, b):\n", "    ret", "\n")
SOME = CompletionParameters(max_tokens=8)


@dataclass(eq=False)
class Backend:
    """Answer with its own name, but for the calls whose number `script` names: an error to raise or `hang`.

    `always` stands for every call, `breaks` raises after the first token, `gate` holds answers back,
    `seconds` moves the clock before the first token.
    """

    name: str = "a"
    script: dict[int, Exception | str] = field(default_factory=dict)
    always: Exception | str | None = None
    breaks: Exception | None = None
    seconds: float = 0.0
    context_tokens: int = 4096
    clock: ManualClock = field(default_factory=ManualClock)
    asked: list[Any] = field(default_factory=list)
    parameters: list[CompletionParameters] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: int = 0
    closed: bool = False

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def n_calls(self) -> int:
        return len(self.asked)

    @property
    def profile(self) -> ModelProfile | None:
        return replace(PROFILE, name=self.name, context_tokens=self.context_tokens)

    async def ready(self) -> ModelProfile:
        await self._begin("ready")
        profile = self.profile
        assert profile is not None
        return profile

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        async for value in self._answer(prompt, parameters):
            yield value

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        async for value in self._answer(tuple(messages), parameters):
            yield value

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        await self._begin(tuple(texts))
        return [[float(len(text))] for text in texts]

    async def status(self) -> Mapping[str, object]:
        return {"state": "ready"}

    async def close(self) -> None:
        self.closed = True

    async def _answer(self, asked: object, parameters: CompletionParameters) -> AsyncIterator[Delta | Usage]:
        self.in_flight += 1
        self.parameters.append(parameters)
        try:
            await self._begin(asked)
            if parameters.max_tokens == 0:
                yield Usage("warm")
                return
            yield Delta(self.name)
            if self.breaks is not None:
                raise self.breaks
            yield Usage("end", prompt_tokens=7, reused_tokens=3, generated_tokens=5, decode_ms=80.0)
        finally:
            self.in_flight -= 1

    async def _begin(self, asked: object) -> None:
        self.asked.append(asked)
        self.times.append(self.clock.now)
        number = len(self.asked)
        await self.gate.wait()
        happens = self.script.get(number, self.always)
        if isinstance(happens, Exception):
            raise happens
        if happens == "hang":
            self.clock.advance(2)
            await asyncio.Event().wait()
        self.clock.advance(self.seconds)


class ScriptedModels(Models):
    """Models whose deployments are the given backends, found by the provider's name, or the model's if embedded."""

    backends: Mapping[str, Backend]

    def _make(self, target: DeploymentSettings) -> Provider:
        return self.backends[target.model if target.provider == "embedded" else target.provider]


def open_door(
    settings: ModelsSettings,
    backends: Sequence[Backend],
    *,
    clock: Clock | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> ScriptedModels:
    """Return the door; the backends move the same clock."""
    shared = clock or ManualClock()
    door = ScriptedModels(
        settings,
        EngineSettings(),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=Path("models"),
        runtime_directory=Path("run"),
        log_directory=Path("log"),
        clock=shared,
        say=say,
    )
    door.backends = {backend.name: backend for backend in backends}
    if isinstance(shared, ManualClock):
        for backend in backends:
            backend.clock = shared
    return door


def servers(*groups: Sequence[str], weights: Mapping[str, float] | None = None, **more: Any) -> ModelsSettings:
    """Return settings with one model, `mix`, of servers by name; `local` is the engine, `far` another machine."""
    kinds = {"local": "embedded"}
    logical = {
        "groups": [
            [
                {"provider": kinds.get(name, name), "model": name, "weight": (weights or {}).get(name, 1.0)}
                for name in group
            ]
            for group in groups
        ]
    }
    providers: dict[str, dict[str, object]] = {
        name: {"base_url": "https://models.example" if name == "far" else "http://127.0.0.1:9", "remote": name == "far"}
        for group in groups
        for name in group
        if name not in kinds
    }
    for name, values in more.pop("providers", {}).items():
        providers[name] = {**providers[name], **values}
    return ModelsSettings.model_validate(
        {"roles": {"complete": "mix"}, "providers": providers, "logical": {"mix": logical}, **more}
    )


async def ask(provider: Provider, parameters: CompletionParameters = SOME, **more: Any) -> tuple[str, str]:
    """Return the answer's text and how it ended."""
    return await gather(provider.complete(PROMPT, parameters, **more))


async def gather(stream: AsyncIterator[Delta | Usage]) -> tuple[str, str]:
    """Return a stream's text and its finish."""
    values = [value async for value in stream]
    [usage] = [value for value in values if isinstance(value, Usage)]
    assert values[-1] is usage
    return "".join(value.text for value in values if isinstance(value, Delta)), usage.finish
