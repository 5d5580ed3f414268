"""An exam says what a model is good for, and why not (I13)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.models.catalogue.exam import Report, examine
from pylot.models.catalogue.exam_tasks import FIM_TASKS
from pylot.models.structured.values import Form
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage

RIGHT = {
    "total.py": "result += price",
    "point.py": "self.y = y",
    "even.js": "number % 2 === 0;",
    "max.go": "return b",
    "read.py": "json.load(file)",
}
CALL = '{"tool": "read_file", "arguments": {"path": "src/main.py"}}'


class Pupil:
    """A provider that answers from a book; `ms_per_token` is how slowly it writes."""

    def __init__(
        self, answers: Mapping[str, str], *, fim: bool = True, json: str | None = None, ms_per_token: float = 10.0
    ) -> None:
        self._answers = answers
        self._json = json
        self._ms = ms_per_token
        self.profile = ModelProfile(
            name="pupil",
            context_tokens=4096,
            has_fim=fim,
            prefix_first=True,
            can_chat=json is not None,
            confidence=(),
            leaks=("<|end|>",),
            stops=(),
            copy_first_confidence=0.8,
            max_prompt_tokens=1024,
        )

    async def ready(self) -> ModelProfile:
        return self.profile

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        yield Delta(self._answers.get(prompt.path, "pass"))
        total = 100.0 + self._ms * parameters.max_tokens
        yield Usage(
            "length",
            decoded_tokens=100,
            generated_tokens=parameters.max_tokens,
            first_token_ms=100.0 + self._ms,
            total_ms=total,
            queue_ms=self._ms,
        )

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        yield Delta(self._json or "")
        yield Usage("stop")

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        return []

    async def status(self) -> Mapping[str, object]:
        return {}

    async def close(self) -> None:
        pass


async def test_how_a_model_calls_tools_is_kept(tmp_path: Path) -> None:
    """T10: what an exam has found out need not be found out again."""
    pupil = Pupil(RIGHT, json=CALL)
    await examine(pupil, "pupil", verdicts=Verdicts(tmp_path))

    assert Verdicts(tmp_path).get("pupil") is Form.SCHEMA


async def sit(pupil: Pupil) -> Report:
    return await examine(pupil, "pupil")


async def test_a_good_model() -> None:
    report = await sit(Pupil(RIGHT, json=f"Here you are:\n```json\n{CALL}\n```"))

    assert (report.n_right, report.leaks, report.calls, report.problems) == (5, (), True, ())
    assert report.good_for == ("ghost text", "chat", "agents")
    assert report.form is Form.SCHEMA
    assert report.prompt_speed == pytest.approx(1000.0)
    assert report.generation_speed == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("pupil", "good_for", "problem"),
    [
        (Pupil({}), (), "It filled 0 of 5 gaps"),
        (Pupil(dict(list(RIGHT.items())[:2])), (), "It filled 2 of 5 gaps"),
        (Pupil(RIGHT, fim=False), (), "no fill-in-the-middle tokens"),
        (Pupil({**RIGHT, "read.py": "json.load(file)<|end|>"}), (), "control tokens as text: <|end|>"),
        (Pupil(RIGHT, ms_per_token=500.0), ("completions on request",), "2.0 tokens per second, too slow"),
        (Pupil(RIGHT, json="I cannot."), ("ghost text",), "did not call a tool"),
        (Pupil({}, json=CALL), ("chat", "agents"), "It filled 0 of 5 gaps"),
    ],
)
async def test_what_is_wrong_is_said(pupil: Pupil, good_for: tuple[str, ...], problem: str) -> None:
    report = await sit(pupil)

    assert report.good_for == good_for
    assert report.is_suitable == bool(good_for)
    assert any(problem in each for each in report.problems)


@pytest.mark.parametrize("task", FIM_TASKS, ids=lambda task: task.name)
def test_each_gap_has_its_answer_and_not_any(task: object) -> None:
    assert isinstance(task, type(FIM_TASKS[0]))
    right = RIGHT[task.name]

    assert task.is_right(right)
    assert task.is_right(f"{right}\nand more")
    assert not task.is_right("pass")
    assert not task.is_right("")
    assert not task.is_right(f"{right} x")
