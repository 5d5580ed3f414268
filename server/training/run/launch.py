"""Begin or go on with a run: read the corpus, start the processes, train."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from training.data.documents import read_corpus
from training.examples.windows import WindowSource
from training.failure import TrainingError
from training.recipe import Recipe
from training.run.processes import Processes, start_others
from training.run.trainer import RunOptions, Trainer
from training.tokenizer import CodeTokenizer

_VALIDATION_SEED = 7


def train(
    recipe: Recipe, data: Path, options: RunOptions, *, n_processes: int, rank: int | None, arguments: Sequence[str]
) -> None:
    """Train in `options.folder`; with `rank` unset this process starts the others, with the same `arguments`."""
    if recipe.batch_tokens // recipe.window_tokens % n_processes:
        raise TrainingError(f"The windows of a batch cannot be divided among {n_processes} processes.")
    options.folder.mkdir(parents=True, exist_ok=True)
    # A cache of its own, because a compilation that was killed half-way leaves a broken one behind.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(options.folder / "compiled"))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    others = start_others(n_processes, arguments, _free_port()) if rank is None and n_processes > 1 else []
    if options.device == "cpu":
        torch.set_num_threads(1)
    window, validation = _windows(recipe, data)
    trainer = Trainer(recipe, options, Processes(rank or 0, n_processes), window.window, validation.window, report=_print)
    trainer.run()
    for other in others:
        other.wait()


def _windows(recipe: Recipe, data: Path) -> tuple[WindowSource, WindowSource]:
    corpus, tokenizer = data / "corpus.jsonl", data / "tokenizer.json"
    if not corpus.exists() or not tokenizer.exists():
        raise TrainingError(f"There is no corpus or no tokenizer in {data}: run the steps data and tokenizer first.")
    known = CodeTokenizer.from_file(tokenizer)
    train_on, test_on = list(read_corpus(corpus, held_out=False)), list(read_corpus(corpus, held_out=True))
    return (
        WindowSource(train_on, known, seed=recipe.seed, language_shares=recipe.language_shares),
        WindowSource(test_on, known, seed=_VALIDATION_SEED, language_shares=recipe.language_shares),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
