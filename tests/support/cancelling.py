"""Completions that are cancelled at random moments, counted and timed."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pylot.lsp.errors import ErrorCode
from tests.support.editor import Editor, Home
from tests.support.random_gguf import Shape
from tests.support.real_text import real_text

# Slow enough that a completion is under way when it is cancelled, small enough to be written in a moment.
SLOW_MODEL = Shape(
    name="slow", n_layers=6, embedding=384, feed_forward=1024, heads=6, kv_heads=2, context=2048, vocabulary=2048
)
LONG_ANSWERS = (
    "eagerness = 'eager'\nlocal_predictor = false\ndebounce_ms = 0\ndeadline_ms = 20000\n"
    "max_line_tokens = 256\nmultiline = 'never'"
)
_LONGEST_WAIT = 0.03


@dataclass
class Cancelled:
    """What came of it; times in milliseconds, memory in bytes."""

    n_answered: int = 0
    n_cancelled: int = 0
    stop_ms: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


def prepare(home: Home, model: Path) -> None:
    """Let ghost text come from a model, in long answers."""
    home.use_model(model, completion=LONG_ANSWERS, engine="context = 4096")


def open_file(editor: Editor) -> int:
    """Open a file of 400 lines in its middle, and return the engine's process id."""
    editor.start()
    lines = real_text(400).splitlines(keepends=True)
    editor.show("file:///project/slow.py", "".join([*lines[:200], "    ‸\n", *lines[200:]]))
    engine_pid = editor.load_model()
    # The document's warm-up is still under way.
    wait_until_idle(editor)
    return engine_pid


def cancel_at_random(editor: Editor, engine_pid: int, n_times: int, *, seed: int = 1, timed: bool = False) -> Cancelled:
    """Ask and cancel many times; where `timed`, watch the engine until it has stopped."""
    generator = random.Random(seed)
    engine = psutil.Process(engine_pid)
    found = Cancelled()
    for idx in range(n_times):
        editor.type(generator.choice("abcdefgh_ .("))
        request = editor.ask_ghost_text(invoked=True)
        time.sleep(generator.uniform(0, _LONGEST_WAIT))
        editor.notify("$/cancelRequest", {"id": request})
        began = time.monotonic()
        answer = editor.answer(request)
        found.n_answered += 1
        if "error" in answer:
            assert answer["error"]["code"] == ErrorCode.REQUEST_CANCELLED
            found.n_cancelled += 1
            if timed:
                wait_until_idle(editor)
                found.stop_ms.append((time.monotonic() - began) * 1_000)
        if idx % 50 == 49:
            found.memory.append(engine.memory_info().rss)
            editor.type("\n    ")
    return found


def wait_until_idle(editor: Editor) -> None:
    """Wait until the engine holds no job and no sequence."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        engine = editor.engine()["engine"]
        if engine["jobs"] == 0 and not any(sequence["busy"] for sequence in engine["sequences"]):
            return
    raise AssertionError(f"the engine is still busy: {engine}")
