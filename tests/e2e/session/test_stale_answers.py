"""Whatever order keys, requests and answers come in, a suggestion fits the text that it is shown in (T9)."""

from __future__ import annotations

import asyncio
import random

import pytest

from pylot.completion.values import CompletionAnswer
from pylot.models.values import FimPrompt
from tests.support.scripted_provider import ScriptedProvider, put_in
from tests.support.window import Window

ABOVE, BELOW = "values = [1, 2]\n", "\nother = values\n"
WORDS = ("alpha", "beta", "gamma", "delta")
N_STEPS = 300


class Typist:
    """Type, delete and ask at random; remember what the model said for which text."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.generator = random.Random(seed)
        self.said: set[str] = set()
        self.provider = ScriptedProvider(self.answer)
        put_in(monkeypatch, self.provider)
        self.window = Window(self.provider)
        self.line = "result = "
        self.uri = self.window.show("/p/a.py", self.text)
        self.asked: list[tuple[str, asyncio.Task[CompletionAnswer]]] = []

    @property
    def text(self) -> str:
        return f"{ABOVE}{self.line}‸{BELOW}"

    def answer(self, prompt: FimPrompt) -> str:
        """Say something of its own for every text, and remember the line that it makes."""
        line = (prompt.head + prompt.tail).rpartition("\n")[2]
        numbers = random.Random(line)
        answer = "_".join(numbers.choices(WORDS, k=3)) + f"({numbers.randrange(1_000)})"
        assert prompt.suffix == BELOW
        self.said.add(line + answer)
        return answer

    async def step(self) -> None:
        chance = self.generator.random()
        agreed = [said for said in self.said if said.startswith(self.line) and said != self.line]
        if chance < 0.15 and len(self.line) > len("result = "):
            self.line = self.line[:-1]
        elif chance < 0.6 and agreed:
            self.line = self.generator.choice(sorted(agreed))[: len(self.line) + self.generator.randint(1, 4)]
        elif chance < 0.8:
            self.line += self.generator.choice("abdg_x ")
        elif chance < 0.85:
            self.line = "result = " + self.generator.choice(WORDS)
        self.window.change(self.uri, self.text)
        if self.generator.random() < 0.5:
            self.provider.gate.set()
        else:
            self.provider.gate.clear()
        if self.generator.random() < 0.8:
            self.asked.append((self.line, asyncio.create_task(self.window.complete(self.uri, self.text))))
        if self.asked and self.generator.random() < 0.1:
            self.asked[-1][1].cancel()
        for _ in range(self.generator.randrange(12)):
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(5))
async def test_what_is_shown_was_said_for_this_very_text(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    typist = Typist(seed, monkeypatch)
    typist.window.session.set_editor_settings({"completion": {"local_predictor": False}})
    for _ in range(N_STEPS):
        await typist.step()
    typist.provider.gate.set()
    answers = await asyncio.gather(*(task for _, task in typist.asked), return_exceptions=True)
    await typist.window.session.close()

    shown = [
        line + suggestion.text
        for (line, _), answer in zip(typist.asked, answers, strict=True)
        if isinstance(answer, CompletionAnswer)
        for suggestion in answer.suggestions
    ]
    assert all(isinstance(answer, CompletionAnswer | asyncio.CancelledError) for answer in answers)
    assert len(shown) > 20
    assert set(shown) <= typist.said
