"""Begin or go on with a run: its folder, its processes, its windows."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import torch

from training.data.documents import read_corpus
from training.examples.windows import WindowSource
from training.failure import TrainingError
from training.paths import RunFolder, Workplace
from training.recipe import Recipe
from training.run.batches import WindowsOf
from training.run.checkpoint import save_checkpoint
from training.run.growth import grown
from training.run.processes import Processes, start_others
from training.run.trainer import RunOptions, Trainer
from training.run.workers import WindowWorkers
from training.schedule import Progress
from training.tokenizer import CodeTokenizer

_VALIDATION_SEED = 7
# Two cores are left to feed the accelerator and to read the result.
_CORES_KEPT = 2


def train(
    recipe: Recipe,
    work: Workplace,
    options: RunOptions,
    *,
    n_processes: int,
    rank: int | None,
    arguments: Sequence[str],
    from_gguf: Path | None = None,
) -> None:
    """Train in `options.folder`; with `rank` unset this process leads and starts the others with `arguments`."""
    if recipe.common_windows % n_processes:
        raise TrainingError(f"The windows of a batch cannot be divided among {n_processes} processes.")
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(options.folder.compiled))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if rank is None:
        _prepare(recipe, work, options.folder, from_gguf)
    others = start_others(n_processes, arguments, _free_port()) if rank is None and n_processes > 1 else []
    on_cpu = options.device == "cpu"
    if on_cpu:
        torch.set_num_threads(1)
    windows, validation = _windows(recipe, work, options.folder, n_workers=0 if on_cpu else _spare_cores())
    Trainer(recipe, options, Processes(rank or 0, n_processes), windows, validation, report=_print).run()
    for other in others:
        other.wait()


def _prepare(recipe: Recipe, work: Workplace, folder: RunFolder, from_gguf: Path | None) -> None:
    """Give a new run its tokenizer, and with `from_gguf` its first weights."""
    folder.root.mkdir(parents=True, exist_ok=True)
    if from_gguf is not None and not folder.checkpoint.exists():
        _begin_with(recipe, folder, from_gguf)
    if not folder.tokenizer.exists():
        if not work.tokenizer.exists():
            raise TrainingError(f"There is no {work.tokenizer}: run the step `tokenizer` first.")
        shutil.copyfile(work.tokenizer, folder.tokenizer)


def _begin_with(recipe: Recipe, folder: RunFolder, from_gguf: Path) -> None:
    # Machines that only train need no library for model files.
    from training.export.vocabulary import write_tokenizer
    from training.export.weights import read_card, read_gguf

    model, vocabulary = read_gguf(from_gguf)
    if model.shape != recipe.shape:
        model = grown(model, recipe.shape, seed=recipe.seed)
    card = read_card(from_gguf)
    write_tokenizer(vocabulary, folder.tokenizer)
    digest = sha256(from_gguf.read_bytes()).hexdigest()
    folder.origin.write_text(f"{from_gguf.name}, SHA-256 {digest}", encoding="utf-8")
    seen = Progress(tokens=card.tokens_seen, windows=card.windows_seen) if card else Progress()
    save_checkpoint(folder.checkpoint, model, None, seen)


def _windows(recipe: Recipe, work: Workplace, folder: RunFolder, n_workers: int) -> tuple[WindowsOf, WindowsOf]:
    tokenizer, shares = CodeTokenizer.from_file(folder.tokenizer), recipe.language_shares
    learnt, held_out = (list(read_corpus(work.corpus, held_out=side)) for side in (False, True))
    source = WindowSource(learnt, tokenizer, seed=recipe.seed, language_shares=shares)
    validation = WindowSource(held_out, tokenizer, seed=_VALIDATION_SEED, language_shares=shares)
    return WindowWorkers(source, n_workers).windows if n_workers else source.windows, validation.windows


def _spare_cores() -> int:
    return max(1, (os.cpu_count() or 1) - _CORES_KEPT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
