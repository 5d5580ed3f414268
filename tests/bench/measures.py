"""What is measured: each function starts its own server and returns named figures."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import psutil

from tests.bench.agents_beside_typing import agents_beside_typing
from tests.bench.copier import local_predictor
from tests.bench.embedding import embedding
from tests.bench.event_loop import event_loop
from tests.bench.grammar import grammar
from tests.bench.index_upkeep import index_upkeep
from tests.bench.index_worker import index_beside_typing, index_of_a_workspace
from tests.bench.memory import memory_estimate
from tests.bench.search_scale import search_at_scale
from tests.bench.symbols import keystrokes, symbol_table
from tests.support.cancelling import SLOW_MODEL, cancel_at_random, open_file, prepare, wait_until_idle
from tests.support.editor import Editor, Home, step_of
from tests.support.random_gguf import RandomModels
from tests.support.real_text import TYPED, real_text
from tests.support.stdio_client import JsonObject

Figures = dict[str, float]
_LINE = 200
_N_STARTS = 5
_N_CANCELLED = 200
_MIB = 1 << 20
NO_WAIT = "debounce_ms = 0\n"


def start_and_memory(home: Home, _models: RandomModels) -> Figures:
    """Processor time until `initialize` is answered, and what server and engine hold when nothing happens."""
    home.configure("[engine]\nidle_seconds = 0.2\n")
    processor, wall = [], []
    for _ in range(_N_STARTS):
        began = time.monotonic()
        with Editor() as editor:
            editor.start()
            wall.append((time.monotonic() - began) * 1_000)
            times = psutil.Process(editor.process.pid).cpu_times()
            processor.append((times.user + times.system) * 1_000)
            editor.leave()
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/textwrap.py", real_text(400))
        engine = editor.load_model()
        server_memory = psutil.Process(editor.process.pid).memory_info().rss / _MIB
        engine_memory = psutil.Process(engine).memory_info().rss / _MIB
        editor.leave()
    return {
        "initialize, processor time (ms)": statistics.median(processor),
        "initialize, from the start of the process (ms)": statistics.median(wall),
        "memory of the server (MiB)": server_memory,
        "memory of the engine with the shipped model (MiB)": engine_memory,
    }


def typing(home: Home, _models: RandomModels) -> Figures:
    """300 keystrokes into a file of 400 lines, with the shipped model."""
    home.configure(f"[engine]\nidle_seconds = 0.2\n[completion]\n{NO_WAIT}")
    traces, seen = _type(300)
    typed_through = [it for it in traces if step_of(it, "lookup")["outcome"] == "typed through"]
    generated = [it for it in traces if it["promptTokens"]]
    reused = [it["reusedTokens"] / sum(it["promptTokens"].values()) for it in generated]
    return {
        "keystrokes": len(traces),
        "answers, in the server, p50 (ms)": percentile(_totals(traces), 50),
        "answers, in the server, p95 (ms)": percentile(_totals(traces), 95),
        "answers, as the editor sees them, p50 (ms)": percentile(seen, 50),
        "answers, as the editor sees them, p95 (ms)": percentile(seen, 95),
        "answers typed through": len(typed_through),
        "answers typed through, in the server, p95 (ms)": percentile(_totals(typed_through), 95),
        "answers of the model, p95 (ms)": percentile(_totals(generated), 95),
        "prompt tokens reused, median (%)": 100 * statistics.median(reused),
    }


def reuse(home: Home, models: RandomModels) -> Figures:
    """What the prompt cache saves, on a model of 11 million random weights."""
    home.use_model(models(SLOW_MODEL), completion=f"{NO_WAIT}local_predictor = false\neagerness = 'eager'\n")
    traces, _ = _type(60)
    warm = [it["firstTokenMs"] for it in traces if it["promptTokens"] and it["firstTokenMs"]]
    cold = _cold_first_tokens()
    return {
        "first token, cold prompt, median (ms)": statistics.median(cold),
        "first token, next keystroke, median (ms)": statistics.median(warm),
        "cold prompt / next keystroke": statistics.median(cold) / statistics.median(warm),
    }


def cancelling(home: Home, models: RandomModels) -> Figures:
    """From a cancelled request to an engine that has stopped; the 15 ms that a run may be adopted in are part of it."""
    prepare(home, models(SLOW_MODEL))
    with Editor() as editor:
        found = cancel_at_random(editor, open_file(editor), _N_CANCELLED, timed=True)
        wait_until_idle(editor)
        editor.leave()
    return {
        "completions cancelled under way": found.n_cancelled,
        "decoding stopped, p50 (ms)": percentile(found.stop_ms, 50),
        "decoding stopped, p95 (ms)": percentile(found.stop_ms, 95),
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, or the value itself where there is only one."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else float(*values)


def _type(n_characters: int) -> tuple[list[JsonObject], list[float]]:
    lines = real_text(400).splitlines(keepends=True)
    traces: dict[str, JsonObject] = {}
    seen = []
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/textwrap.py", "".join([*lines[:_LINE], "‸", *lines[_LINE:]]))
        editor.load_model()
        for idx, character in enumerate(TYPED[:n_characters]):
            editor.type(character)
            began = time.monotonic()
            editor.ghost_texts()
            seen.append((time.monotonic() - began) * 1_000)
            if idx % 40 == 39:
                traces |= {trace["id"]: trace for trace in editor.traces()}
        traces |= {trace["id"]: trace for trace in editor.traces()}
        editor.leave()
    return [trace for trace in traces.values() if trace["trigger"] == "automatic"], seen


def _cold_first_tokens() -> list[float]:
    """Open files that share nothing with each other, and complete once in each."""
    found = []
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/first.py", "import os\n\n‸\n")
        editor.load_model()
        for module in ("argparse", "tarfile", "zipfile", "difflib", "pprint"):
            lines = real_text(400, module).splitlines(keepends=True)
            editor.show(f"file:///project/{module}.py", "".join([*lines[:_LINE], "    ‸\n", *lines[_LINE:]]))
            editor.ghost_texts(invoked=True)
            found.append(editor.traces(1)[0]["firstTokenMs"])
        editor.leave()
    return [each for each in found if each is not None]


def _totals(traces: list[JsonObject]) -> list[float]:
    return [trace["totalMs"] for trace in traces]


MEASURES = {
    "Start and memory": start_and_memory,
    "Typing": typing,
    "Prompt reuse": reuse,
    "Cancelling": cancelling,
    "Structured output": grammar,
    "Embedding": embedding,
    "Local predictor": local_predictor,
    "Event loop": event_loop,
    "Index": index_of_a_workspace,
    "Index upkeep": index_upkeep,
    "Index beside typing": index_beside_typing,
    "Memory estimate": memory_estimate,
    "Search at scale": search_at_scale,
    "Symbol table": symbol_table,
    "Syntax after a key": keystrokes,
    "Agents beside typing": agents_beside_typing,
}
# What writes gigabytes and takes minutes is measured only where it is asked for.
LARGE = {"Memory estimate"}
