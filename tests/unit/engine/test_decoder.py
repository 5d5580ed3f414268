"""The decode thread on the real engine and the shipped model: reuse, priorities, cancellation, limits."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pylot.engine.decoder import Decoder
from pylot.engine.generation import GenerateJob
from pylot.engine.jobs import EmbedJob, GenerateParameters, Job, Priority, PromptPiece, TextPiece, TokenPiece
from pylot.engine.llama_runtime import DecodeAbortedError, LlamaRuntime, RuntimeParameters
from pylot.engine.sampling import Logits
from pylot.models.door import SHIPPED_MODELS

CODE = "".join(f"def function_{number}(argument):\n    return argument + {number}\n\n\n" for number in range(40))
LONG = GenerateParameters(prompt=[TextPiece(CODE)], max_tokens=200)
SHORT = GenerateParameters(prompt=[TextPiece("import os\n\n\ndef main():\n    return ")], max_tokens=4)


@pytest.fixture(scope="module")
def runtime() -> Iterator[LlamaRuntime]:
    made = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], RuntimeParameters(n_ctx=4096, n_sequences=3, n_threads=1))
    yield made
    made.close()


class Bench:
    """A decoder and the events of every job, in the order in which they came."""

    def __init__(self, runtime: LlamaRuntime) -> None:
        self.decoder = Decoder(runtime)
        self.events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.decoder.start()

    def job(self, name: str, parameters: GenerateParameters, priority: Priority = Priority.COMPLETION) -> GenerateJob:
        return GenerateJob(
            id=name, priority=priority, emit=lambda event: self.events.put((name, event)), parameters=parameters
        )

    def embedding(self, *texts: str) -> EmbedJob:
        def emit(event: dict[str, Any]) -> None:
            self.events.put(("embed", event))

        return EmbedJob(id="embed", priority=Priority.INDEX, emit=emit, texts=texts)

    def submit(self, *jobs: Job) -> None:
        for job in jobs:
            self.decoder.submit(job)

    def wait_for(self, name: str, *, done: bool = True) -> dict[str, Any]:
        """Return the next event of a job, the last one with `done`."""
        while True:
            self.seen.append(self.events.get(timeout=30))
            owner, event = self.seen[-1]
            if owner == name and ("done" in event) == done:
                return event

    def run(self, name: str, parameters: GenerateParameters) -> tuple[str, dict[str, Any]]:
        self.submit(self.job(name, parameters))
        done = self.wait_for(name)
        return self.text(name) + done["rest"], done

    def text(self, name: str) -> str:
        return "".join(event.get("text", "") for owner, event in self.seen if owner == name)


@pytest.fixture
def bench(runtime: LlamaRuntime) -> Iterator[Bench]:
    made = Bench(runtime)
    yield made
    made.decoder.stop()
    for sequence_id in range(runtime.facts.n_sequences):
        runtime.clear(sequence_id)


def test_a_keystroke_costs_one_token(bench: Bench) -> None:
    """The common prefix with the last prompt is not decoded again, the suggestion's own tokens included."""
    text, first = bench.run("first", replace(SHORT, prompt=[TextPiece(CODE)], max_tokens=8))
    _, second = bench.run("second", replace(SHORT, prompt=[TextPiece(CODE), TextPiece(text[:1])]))

    assert first["reused_tokens"] == 0
    assert second["decoded_tokens"] <= 2
    assert second["reused_tokens"] + second["decoded_tokens"] == second["prompt_tokens"]


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_accepting_an_answer_or_a_part_of_it_costs_no_decode(bench: Bench, share: float) -> None:
    """Whatever tokens the same text would give when it is read again, the answer's own are in the cache (issue 5)."""
    before = [TextPiece(CODE), TextPiece("total = ", 300)]
    text, first = bench.run("first", replace(SHORT, prompt=before, max_tokens=12))
    part = text[: round(len(text) * share)]
    _, second = bench.run("second", replace(SHORT, prompt=[before[0], TextPiece(f"total = {part}", 300)]))

    assert first["generated_tokens"] > 4
    assert second["decoded_tokens"] <= 3


def test_reuse_does_not_change_the_answer(bench: Bench) -> None:
    cold, _ = bench.run("cold", SHORT)
    bench.run("other", replace(SHORT, prompt=[TextPiece("import os\n\n\nclass "), TextPiece("Other:")]))
    warm, usage = bench.run("warm", SHORT)

    assert warm == cold
    assert usage["reused_tokens"] > 0


def test_the_more_urgent_job_goes_first_and_the_other_is_not_harmed(bench: Bench) -> None:
    """A completion stops an agent between two decode steps; the agent's answer stays the same."""
    # Once more from the cache, because other batch sizes round differently and may turn a close choice.
    bench.run("cold", LONG)
    alone, _ = bench.run("alone", LONG)
    bench.submit(bench.job("agent", LONG, Priority.AGENT))
    bench.wait_for("agent", done=False)
    bench.submit(bench.job("completion", SHORT))
    bench.wait_for("completion")
    agent_done_first = any(owner == "agent" and "done" in event for owner, event in bench.seen)
    done = bench.wait_for("agent")

    assert not agent_done_first
    assert bench.text("agent") + done["rest"] == alone


def test_more_jobs_than_sequences(bench: Bench) -> None:
    """Suspended jobs come back and finish: every token is generated and sent once."""
    order = [Priority.INDEX, Priority.AGENT, Priority.QUERY, Priority.SPECULATIVE, Priority.CHAT]
    for number, priority in enumerate(order):
        prompt = [TextPiece(f"# {number}\n"), *LONG.prompt] if number else LONG.prompt
        bench.submit(bench.job(priority.name, replace(LONG, prompt=prompt), priority))
        bench.wait_for(priority.name, done=False)
    n_generated = [bench.wait_for(priority.name)["generated_tokens"] for priority in reversed(order)]
    n_sent = [sum(owner == priority.name and "logprob" in event for owner, event in bench.seen) for priority in order]

    assert n_generated == n_sent == [LONG.max_tokens] * len(order)
    assert not any(entry["busy"] for entry in bench.decoder.status()["sequences"])


@pytest.mark.parametrize("after_first_token", [False, True])
def test_a_cancelled_job_is_answered_once_and_its_work_is_kept(bench: Bench, after_first_token: bool) -> None:
    job = bench.job("job", replace(LONG, max_tokens=10_000))
    bench.submit(job)
    if after_first_token:
        bench.wait_for("job", done=False)
    bench.decoder.cancel("job")
    done = bench.wait_for("job")
    _, again = bench.run("again", LONG)

    assert done["done"] == "cancelled"
    assert bench.events.empty()
    assert again["reused_tokens"] >= done["decoded_tokens"] - 1


def test_cancelling_what_is_unknown_or_waiting(bench: Bench) -> None:
    bench.submit(bench.job("running", LONG), bench.job("waiting", LONG))
    bench.decoder.cancel("unknown")
    bench.decoder.cancel("waiting")

    assert bench.wait_for("waiting")["done"] == "cancelled"
    assert bench.wait_for("running")["done"] == "length"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (replace(SHORT, max_tokens=3), "length"),
        (replace(SHORT, max_tokens=50, stops=["\n"]), "stop"),
        (replace(SHORT, deadline_ms=0.0), "deadline"),
        (replace(SHORT, floor_logprob=0.0), "floor"),
        (replace(SHORT, max_tokens=0), "warm"),
        (replace(SHORT, prompt=[]), "error"),
        (replace(SHORT, prompt=[TextPiece(CODE * 10)]), "error"),
    ],
)
def test_why_a_job_ends(bench: Bench, parameters: GenerateParameters, reason: str) -> None:
    assert bench.run("job", parameters)[1]["done"] == reason


def test_warm_up_prepares_the_whole_prompt(bench: Bench) -> None:
    bench.run("warm", replace(SHORT, max_tokens=0))

    assert bench.run("job", SHORT)[1]["decoded_tokens"] == 1


def test_special_tokens_in_user_text_stay_text(bench: Bench, runtime: LlamaRuntime) -> None:
    spelled = runtime.tokenize("<|fim_middle|>")

    assert runtime.facts.fim["middle"] not in spelled
    assert b"".join(runtime.piece(token) for token in spelled) == b"<|fim_middle|>"


def test_log_probabilities_come_with_every_token(bench: Bench) -> None:
    bench.run("job", SHORT)

    assert all(event["logprob"] <= 0 for _, event in bench.seen if "done" not in event)


def test_fim_prompt_with_tokens_by_number(bench: Bench, runtime: LlamaRuntime) -> None:
    fim = runtime.facts.fim
    prompt: list[PromptPiece] = [
        TokenPiece(fim["suffix"]),
        TextPiece("\n"),
        TokenPiece(fim["prefix"]),
        TextPiece("x = "),
    ]
    _, usage = bench.run("job", replace(SHORT, prompt=prompt))

    assert usage["piece_tokens"][0] == usage["piece_tokens"][2] == 1


def test_embeddings_are_normalized_and_tell_texts_apart(bench: Bench) -> None:
    bench.submit(bench.embedding("def read(path):", "def read(path):", "SELECT 1", ""))
    vectors = bench.wait_for("embed")["vectors"]

    assert [round(sum(x * x for x in vector), 4) for vector in vectors] == [1.0] * 4
    assert vectors[0] == pytest.approx(vectors[1])
    assert vectors[0] != pytest.approx(vectors[2], abs=1e-3)


@pytest.fixture(scope="module")
def narrow() -> Iterator[LlamaRuntime]:
    made = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], RuntimeParameters(n_ctx=512, n_sequences=4, n_threads=1))
    yield made
    made.close()


def test_urgent_jobs_take_the_room_of_others_who_finish_later(narrow: LlamaRuntime) -> None:
    """Where the cache is too small for all of them, nobody fails and everybody gets a whole answer."""
    bench = Bench(narrow)
    wide = replace(LONG, prompt=[TextPiece(CODE, 300)], max_tokens=150)
    names = ["agent", "chat", "completion"]
    for name, priority in zip(names, (Priority.AGENT, Priority.CHAT, Priority.COMPLETION), strict=True):
        prompt = [TextPiece(f"# {name}\n"), *wide.prompt]
        bench.submit(bench.job(name, replace(wide, prompt=prompt), priority))
        bench.wait_for(name, done=False)
    done = [bench.wait_for(name) for name in reversed(names)]
    bench.decoder.stop()

    assert [(event["done"], event["generated_tokens"]) for event in done] == [("length", 150)] * 3
    assert [sum(owner == name and "logprob" in event for owner, event in bench.seen) for name in names] == [150] * 3


def test_an_urgent_job_stops_an_embedding_which_is_done_again(
    bench: Bench, runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long text on a large model would hold a visible completion up for seconds."""
    embed, entered = runtime.embed, threading.Event()
    # The decoder of the test before may have left the flag set.
    runtime.clear_abort()
    expected, _ = embed(CODE)

    def embed_once_asked_to_stop(text: str) -> tuple[list[float], int]:
        if not entered.is_set():
            entered.set()
            while runtime._abort_flag.raw[0] == 0:
                pass
        return embed(text)

    monkeypatch.setattr(runtime, "embed", embed_once_asked_to_stop)
    bench.submit(bench.embedding(CODE))
    entered.wait(30)
    bench.submit(bench.job("completion", SHORT))
    bench.wait_for("completion")
    embedded_first = any(owner == "embed" for owner, _ in bench.seen)

    assert bench.wait_for("embed")["vectors"] == [pytest.approx(expected)]
    assert not embedded_first


def decode_until_stopped(runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let the first decode of all last until it is asked to stop; the event says that it runs."""
    decode, entered = runtime.decode, threading.Event()
    # The decoder of the test before may have left the flag set.
    runtime.clear_abort()

    def decode_once_asked_to_stop(tokens: Sequence[int], position: int, sequence: int) -> Logits:
        if not entered.is_set():
            entered.set()
            while runtime._abort_flag.raw[0] == 0:
                pass
        return decode(tokens, position, sequence)

    monkeypatch.setattr(runtime, "decode", decode_once_asked_to_stop)
    return entered


def test_all_tokens_are_counted_and_what_they_cost_outside_llama_cpp(bench: Bench) -> None:
    """What is generated in vain is known as well, and decoding is no part of the cost (issue 5)."""
    _, first = bench.run("first", replace(SHORT, prompt=[TextPiece(CODE)], max_tokens=8))
    bench.run("second", replace(SHORT, prompt=[TextPiece("x")], max_tokens=8))

    assert bench.decoder.status()["generated"] > first["generated_tokens"] > 0
    assert 0 < first["outside_decode_ms"] < first["total_ms"]


@pytest.mark.parametrize("priority", [Priority.SPECULATIVE, Priority.AGENT, Priority.INDEX])
def test_a_completion_does_not_wait_for_a_step_that_nobody_waits_for(
    bench: Bench, runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch, priority: Priority
) -> None:
    """A step over a long prompt takes seconds on a large model (issue 5: never delays a visible completion)."""
    entered = decode_until_stopped(runtime, monkeypatch)
    bench.submit(bench.job("idle", replace(LONG, max_tokens=8), priority))
    entered.wait(30)
    bench.submit(bench.job("completion", SHORT))
    bench.wait_for("completion")
    idle_came_first = any(owner == "idle" for owner, _ in bench.seen)

    assert not idle_came_first
    assert bench.wait_for("idle")["generated_tokens"] == 8


def test_what_somebody_waits_for_now_goes_first(
    bench: Bench, runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suggestion that was begun ahead is a completion once its turn has come on the screen."""
    entered = decode_until_stopped(runtime, monkeypatch)
    agent = replace(LONG, max_tokens=8)
    ahead = bench.job("ahead", SHORT, Priority.INDEX)
    bench.submit(bench.job("agent", agent, Priority.AGENT), ahead)
    entered.wait(30)
    bench.decoder.hurry("ahead")
    bench.wait_for("ahead")
    agent_came_first = any(owner == "agent" for owner, _ in bench.seen)
    bench.wait_for("agent")
    bench.decoder.hurry("ahead")

    assert not agent_came_first
    assert ahead.priority is Priority.COMPLETION


def test_windows_take_turns(bench: Bench) -> None:
    """Two windows that wait for a suggestion each get every other step; one window's own jobs go in order."""
    jobs = [bench.job(name, replace(SHORT, max_tokens=20)) for name in ("first", "second", "third")]
    for job, window in zip(jobs, "aba", strict=True):
        job.client = window
    # Whoever is the first to be decoded does not matter, as long as all three are there by then.
    gate = bench.job("gate", replace(SHORT, max_tokens=0), Priority.COMPLETION)
    bench.submit(gate, *jobs)
    for name in ("first", "second", "third"):
        bench.wait_for(name)
    owners = [owner for owner, event in bench.seen if "logprob" in event]

    assert owners[: owners.index("third")].count("second") >= 19
    assert "first" in owners[:3]
    assert "second" in owners[:3]
    assert owners.index("third") >= 20


def test_equals_that_do_not_fit_finish_one_after_the_other(narrow: LlamaRuntime) -> None:
    """Windows that take turns must not take each other's room in turns, or nobody would ever finish."""
    bench = Bench(narrow)
    names = ["a", "b", "c", "d", "e", "f"]
    for name in names:
        prompt = [TextPiece(f"# {name}\n"), TextPiece(CODE, 300)]
        job = bench.job(name, replace(LONG, prompt=prompt, max_tokens=60))
        job.client = name
        bench.submit(job)
    done = {name: bench.wait_for(name) for name in names if not any("done" in e for o, e in bench.seen if o == name)}
    finished = [owner for owner, event in bench.seen if event.get("done") == "length"]
    bench.decoder.stop()

    assert done
    assert sorted(finished) == names


def test_the_speed_of_reading_is_measured(bench: Bench, runtime: LlamaRuntime) -> None:
    likely = bench.decoder.prompt_speed
    _, short = bench.run("short", SHORT)
    _, long = bench.run("long", LONG)
    told = [event["prompt_speed"] for owner, event in bench.seen if owner == "long" and "prompt_speed" in event]

    assert short["prompt_speed"] == likely == runtime.likely_prompt_speed
    assert likely is not None
    assert likely > 1000
    assert len(told) == 2
    assert long["prompt_speed"] == told[-1] != likely


def test_a_cancelled_embedding_is_answered_as_such(
    bench: Bench, runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = runtime.embed

    def embed_cancelled(text: str) -> tuple[list[float], int]:
        bench.decoder.cancel("embed")
        return embed(text)

    monkeypatch.setattr(runtime, "embed", embed_cancelled)
    bench.submit(bench.embedding(CODE, CODE))

    assert bench.wait_for("embed")["done"] == "cancelled"


def test_a_model_that_cannot_go_back_starts_its_sequence_again(
    bench: Bench, runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of recurrent models can only be cleared whole; table and cache agree all the same."""
    alone, _ = bench.run("alone", replace(LONG, max_tokens=20))
    decode, calls = runtime.decode, itertools.count()
    monkeypatch.setattr(runtime, "truncate", lambda *_: False)

    def decode_and_fail_once(tokens: Sequence[int], position: int, sequence: int) -> Logits:
        logits = decode(tokens, position, sequence)
        if next(calls) == 4:
            raise DecodeAbortedError("aborted")
        return logits

    monkeypatch.setattr(runtime, "decode", decode_and_fail_once)
    text, done = bench.run("job", replace(LONG, max_tokens=20))
    cached = [entry["tokens"] for entry in bench.decoder.status()["sequences"]]

    assert (done["done"], text) == ("length", alone)
    assert [runtime.n_cached(number) for number in range(len(cached))] == cached


def test_what_fails_is_told_to_the_log_without_the_users_code(
    bench: Bench, runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A library's error may quote what it was given (P4)."""

    def fail(text: str, **_: object) -> None:
        raise ValueError(f"cannot tokenize {text}")

    monkeypatch.setattr(runtime, "_tokenize", fail)
    _, done = bench.run("a", replace(SHORT, prompt=[TextPiece("a_name_of_the_users")]))

    assert done["done"] == "error"
    assert "ValueError" in caplog.text
    assert "a_name" not in caplog.text + str(done)
