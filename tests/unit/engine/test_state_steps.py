"""What the engine has read survives it, on the real engine and the shipped model (issue 5)."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest

from pylot.engine import state_steps
from pylot.engine.decoder import Decoder
from pylot.engine.generation import GenerateJob
from pylot.engine.jobs import GenerateParameters, Job, Priority, RestoreJob, SaveJob, TextPiece
from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
from pylot.engine.saved_states import SavedState
from pylot.models.door import SHIPPED_MODELS

CODE = "".join(f"def function_{number}(argument):\n    return argument + {number}\n\n\n" for number in range(20))
PROMPT = (TextPiece(CODE),)
ASKED = GenerateParameters(prompt=PROMPT, max_tokens=12)


class Bench:
    """A new engine, asked one thing after the other."""

    def __init__(self, *, keeps_states: bool = True) -> None:
        parameters = RuntimeParameters(n_ctx=2048, n_sequences=2, n_threads=1, keeps_states=keeps_states)
        self.runtime = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], parameters)
        self.decoder = Decoder(self.runtime)
        self.decoder.start()
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()

    def ask(self, job: Job) -> tuple[list[str], dict[str, Any]]:
        """Return the texts and the last event."""
        self.decoder.submit(job)
        texts = []
        while "done" not in (event := self.events.get(timeout=30)):
            texts += [event["text"]] if "text" in event else []
        return texts, event

    def generate(self, asked: GenerateParameters = ASKED) -> tuple[list[str], dict[str, Any]]:
        return self.ask(GenerateJob("g", Priority.COMPLETION, self.events.put, parameters=asked))

    def save(self, *prompt: TextPiece) -> SavedState | None:
        _, event = self.ask(SaveJob("s", Priority.INDEX, self.events.put, prompt=prompt or PROMPT, note="note"))
        state: SavedState | None = event["state"]
        return state

    def restore(self, state: SavedState) -> int:
        return int(self.ask(RestoreJob("r", Priority.CHAT, self.events.put, state=state))[1]["tokens"])

    def close(self) -> None:
        self.decoder.stop()
        self.runtime.close()


@pytest.fixture
def benches(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Bench, Bench]]:
    """The engine before a restart and after it; what is read in a moment is kept all the same."""
    monkeypatch.setattr(state_steps, "_LEAST_SECONDS", 0)
    made = Bench(), Bench()
    yield made
    for bench in made:
        bench.close()


def test_nothing_is_read_twice(benches: tuple[Bench, Bench]) -> None:
    """Only the last token of a prompt is decoded again, for its logits."""
    before, after = benches
    texts, usage = before.generate()
    state = before.save()
    assert state is not None

    assert after.restore(state) == usage["prompt_tokens"] == len(state.tokens)
    assert after.restore(state) == len(state.tokens)
    again, usage_again = after.generate()

    assert again == texts
    assert (usage_again["reused_tokens"], usage_again["decoded_tokens"]) == (usage["prompt_tokens"] - 1, 1)


def test_only_the_prompt_is_taken_along(benches: tuple[Bench, Bench]) -> None:
    """What was generated behind it is no part of what was looked at before it is used again."""
    before, _ = benches
    before.generate(GenerateParameters(prompt=PROMPT, max_tokens=0))
    bare = before.save()
    before.generate()
    behind = before.save()

    assert bare is not None
    assert behind is not None
    assert (behind.tokens, len(behind.data)) == (bare.tokens, len(bare.data))


def test_what_is_not_in_the_cache_is_not_saved(benches: tuple[Bench, Bench]) -> None:
    before, _ = benches
    before.generate()

    assert before.save(TextPiece("import os\n\n\ndef main(path):\n    return 1\n")) is None


def test_what_llama_cpp_refuses_leaves_the_cache_empty(benches: tuple[Bench, Bench]) -> None:
    before, after = benches
    before.generate()
    state = before.save()
    assert state is not None

    for data in (b"", state.data[: len(state.data) // 2], b"\xff" * 1000, bytes(state.data) + b"\0" * 8):
        assert after.restore(SavedState("", state.tokens, data)) == 0
    assert after.restore(SavedState("", state.tokens[:-1], state.data)) == 0
    assert after.generate()[1]["reused_tokens"] == 0


def test_a_state_makes_room_for_itself(benches: tuple[Bench, Bench]) -> None:
    before, after = benches
    before.generate()
    state = before.save()
    assert state is not None
    for number in range(2):
        after.generate(GenerateParameters(prompt=[TextPiece(f"# {number}\n" + CODE * 2)], max_tokens=0))

    assert after.restore(state) == len(state.tokens)
    assert after.decoder.status()["cells"] == 2048
    assert after.generate()[1]["decoded_tokens"] == 1


def test_what_is_soon_read_again_is_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_steps, "_LEAST_SECONDS", 1000)
    bench = Bench()
    bench.generate()
    bench.generate()

    assert bench.save() is None
    bench.close()


def test_an_engine_without_room_for_it_keeps_nothing() -> None:
    bench = Bench(keeps_states=False)
    bench.generate()

    assert bench.save() is None
    assert bench.restore(SavedState("", [1, 2], b"")) == 0
    bench.close()
