"""A machine that gives less memory than it promised costs context, not the model (I12)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pylot.engine import process
from pylot.engine.process import EngineOptions
from pylot.engine.resources import LoadOptions, LoadPlan
from pylot.kernel.errors import ModelTooLargeError

OPTIONS = EngineOptions(Path("model.gguf"), n_ctx=8192)
PLAN = LoadPlan(LoadOptions(8192), need=1)


def refuse_above(monkeypatch: pytest.MonkeyPatch, n_ctx: int) -> list[LoadOptions]:
    tried = []

    def load(_options: EngineOptions, wanted: LoadOptions, notes: Sequence[str]) -> Sequence[str]:
        tried.append(wanted)
        if wanted.n_ctx > n_ctx:
            raise ModelTooLargeError("The context could not be created.")
        return notes

    monkeypatch.setattr(process, "_load", load)
    return tried


@pytest.mark.parametrize(
    ("n_ctx", "loaded", "notes"),
    [
        (8192, 8192, []),
        (3000, 2048, ["The context could not be created: its context is cut from 8192 to 2048 tokens."]),
    ],
)
def test_the_next_step_is_tried(monkeypatch: pytest.MonkeyPatch, n_ctx: int, loaded: int, notes: list[str]) -> None:
    refuse_above(monkeypatch, n_ctx)
    said, load = process._load_in_steps(OPTIONS, PLAN)

    assert (list(said), load) == (notes, LoadOptions(loaded))


def test_every_step_refused_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = refuse_above(monkeypatch, 0)

    with pytest.raises(ModelTooLargeError, match=r"^The context could not be created, even for 2048 tokens\.$"):
        process._load_in_steps(OPTIONS, PLAN)
    assert len(tried) == len(set(tried)) == 9
