"""Find out what a model is good for, and say why where it is not (I13)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from pylot.kernel.errors import ModelAbilityError, ModelAnswerError
from pylot.models.catalogue.exam_tasks import FIM_TASKS
from pylot.models.provider import Provider
from pylot.models.structured.probe import probe
from pylot.models.structured.values import Form
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage

_FIM_PASS = 3
_QUICK_TOKENS_PER_SECOND = 10.0
_ANSWER = CompletionParameters(max_tokens=32, deadline_ms=60_000)
_LONG_ANSWER = CompletionParameters(max_tokens=96, deadline_ms=120_000)
_N_FUNCTIONS = 120

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One gap: whether it was filled rightly, and with what (the exam's own code, so it may be shown)."""

    name: str
    is_right: bool
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an exam found; speeds in tokens per second, 0 where too little was generated to tell.

    `calls` is whether it called a tool rightly, None where the model cannot chat, and `form` how it did so best.
    """

    model: str
    has_fim: bool
    can_chat: bool
    tasks: tuple[TaskResult, ...]
    leaks: tuple[str, ...]
    calls: bool | None
    form: Form
    prompt_speed: float
    generation_speed: float
    good_for: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def n_right(self) -> int:
        """How many gaps were filled rightly."""
        return sum(task.is_right for task in self.tasks)

    @property
    def is_suitable(self) -> bool:
        """Whether the model is good for anything."""
        return bool(self.good_for)


async def examine(
    provider: Provider, name: str, *, verdicts: Verdicts | None = None, step: Step = lambda _: None
) -> Report:
    """Let a model sit the exam; `step` hears what is going on, and `verdicts` keeps how it calls tools best.

    Raises:
        PylotError: the model cannot be loaded or fails.
    """
    step("loading the model")
    profile = await provider.ready()
    found = _Findings(provider, profile)
    for task in FIM_TASKS:
        step(f"filling in {task.name}")
        text = await found.complete(task.prompt, _ANSWER)
        found.tasks.append(TaskResult(task.name, task.is_right(text), text.lstrip("\n").split("\n", 1)[0]))
    step("measuring the speed")
    await found.complete(_long_prompt(), _LONG_ANSWER)
    if profile.can_chat:
        step("calling a tool")
        await found.call_a_tool()
        if verdicts is not None and found.calls is not None:
            await verdicts.keep(profile.identity or profile.name, found.form)
    return _judge(name, found)


@dataclass(slots=True)
class _Findings:
    provider: Provider
    profile: ModelProfile
    tasks: list[TaskResult] = field(default_factory=list)
    leaks: set[str] = field(default_factory=set)
    calls: bool | None = None
    form: Form = Form.NONE
    prompt_speed: float = 0.0
    generation_speed: float = 0.0
    _n_prompt: int = 0
    _n_generated: int = 0

    async def complete(self, prompt: FimPrompt, parameters: CompletionParameters) -> str:
        stream = self.provider.complete(prompt, parameters, urgency=Urgency.CHAT)
        text = await self._gather(stream)
        self.leaks |= {leak for leak in self.profile.leaks if leak in text}
        return text

    async def call_a_tool(self) -> None:
        try:
            found = await probe(self.provider)
        except (ModelAbilityError, ModelAnswerError):
            self.calls = False
        else:
            self.calls, self.form = found.is_right, found.form

    async def _gather(self, stream: AsyncIterator[Delta | Usage]) -> str:
        text = ""
        async for value in stream:
            if isinstance(value, Usage):
                self._time(value)
            else:
                text += value.text
        return text

    def _time(self, usage: Usage) -> None:
        """Take the speeds of the largest requests, which small ones only blur."""
        before = (usage.first_token_ms or 0.0) - usage.queue_ms
        after = usage.total_ms - (usage.first_token_ms or 0.0)
        if usage.decoded_tokens > self._n_prompt and before > 0:
            self._n_prompt, self.prompt_speed = usage.decoded_tokens, usage.decoded_tokens / before * 1000
        if usage.generated_tokens > max(1, self._n_generated) and after > 0:
            self._n_generated = usage.generated_tokens
            self.generation_speed = (usage.generated_tokens - 1) / after * 1000


def _long_prompt() -> FimPrompt:
    lines = "".join(f"def value_{n}(index):\n    return index * {n} + {n * 7 % 13}\n\n\n" for n in range(_N_FUNCTIONS))
    return FimPrompt("values.py", lines, "def value_", "\n", max_head_tokens=768)


def _judge(name: str, found: _Findings) -> Report:
    n_right, speed = sum(task.is_right for task in found.tasks), found.generation_speed
    problems, good_for = [], []
    if not found.profile.has_fim:
        problems.append("It has no fill-in-the-middle tokens: it sees only what stands before the cursor.")
    if n_right < _FIM_PASS:
        problems.append(f"It filled {n_right} of {len(found.tasks)} gaps rightly; good models fill four or five.")
    if found.leaks:
        problems.append(f"Its answers hold control tokens as text: {', '.join(sorted(found.leaks))}.")
    if 0 < speed < _QUICK_TOKENS_PER_SECOND:
        problems.append(f"It writes {speed:.1f} tokens per second, too slow to keep up with typing.")
    if found.calls is False:
        problems.append("It did not call a tool as it was asked to, so agents cannot use it.")
    if found.profile.has_fim and n_right >= _FIM_PASS and not found.leaks:
        quick = speed >= _QUICK_TOKENS_PER_SECOND
        good_for.append("ghost text" if quick else "completions on request")
    if found.calls:
        good_for += ["chat", "agents"]
    return Report(
        model=name,
        has_fim=found.profile.has_fim,
        can_chat=found.profile.can_chat,
        tasks=tuple(found.tasks),
        leaks=tuple(sorted(found.leaks)),
        calls=found.calls,
        form=found.form,
        prompt_speed=found.prompt_speed,
        generation_speed=speed,
        good_for=tuple(good_for),
        problems=tuple(problems),
    )
