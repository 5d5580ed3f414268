"""What it costs to keep an answer to a schema, with a vocabulary as large as that of common models (T10)."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from pylot.engine.grammar import grammar_of
from pylot.engine.llama_grammar import LlamaGrammar
from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
from pylot.models.structured.directive import directive_schema
from pylot.models.values import Tool
from tests.support.editor import Home
from tests.support.full_size_gguf import Size, write_full_size_gguf
from tests.support.random_gguf import RandomModels

Figures = dict[str, float]
_SHALLOW = Size(n_layers=1, width=64, feed_forward=128, heads=2, kv_heads=1)
_FIELDS = {name: {"type": "string", "maxLength": 60} for name in ("path", "text", "reason")}
_TOOLS = [
    Tool(f"tool_{number}", "", {"type": "object", "properties": _FIELDS, "required": ["path"]}) for number in range(8)
]
_ANSWER = json.dumps({"calls": [{"tool": "tool_7", "arguments": {"path": "src/main.py", "text": "x" * 40}}]})


def grammar(_home: Home, _models: RandomModels) -> Figures:
    """A directive for eight tools, in milliseconds of processor time: to begin, and per token that fits or does not."""
    schema = json.dumps(directive_schema(_TOOLS, must_call=True))
    with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
        path = write_full_size_gguf(Path(folder) / "large-vocabulary.gguf", _SHALLOW, "Q8_0")
        runtime = LlamaRuntime(path, RuntimeParameters(n_ctx=512, n_threads=1))
    begins = [_milliseconds(lambda: runtime.grammar(grammar_of(schema)).close()) for _ in range(20)]
    gate = runtime.grammar(grammar_of(schema))
    logits = np.random.default_rng(1).standard_normal(runtime.n_vocab).astype(np.float32)
    passing: list[float] = []
    refused: list[float] = []
    hopeless: list[float] = []
    for token in runtime.tokenize(_ANSWER):
        refused.append(_milliseconds(lambda: gate.mask(logits, 256)))
        hopeless.append(_milliseconds(lambda: gate.mask(logits, len(logits))))
        passing.append(_milliseconds(partial(_pass, gate, token)))
    gate.close()
    runtime.close()
    return {
        "tokens in the vocabulary": float(len(logits)),
        "grammar, ms": statistics.median(begins),
        "token that fits, median ms": statistics.median(passing),
        "token that fits, worst ms": max(passing),
        "token that is refused, median ms": statistics.median(refused),
        "token that is refused, worst ms": max(refused),
        "none of the likeliest fits, median ms": statistics.median(hopeless),
        "none of the likeliest fits, worst ms": max(hopeless),
    }


def _pass(gate: LlamaGrammar, token: int) -> None:
    assert gate.allows(token)
    gate.accept(token)


def _milliseconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return (time.thread_time() - begin) * 1000
