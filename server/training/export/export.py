"""Make the file to ship from a run's checkpoint, and prove that it is the model that was trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from training.data.documents import read_corpus
from training.examples.windows import WindowSource
from training.export.card import make_card
from training.export.self_test import check_file
from training.export.vocabulary import read_vocabulary
from training.export.weights import FileType, write_gguf
from training.failure import TrainingError
from training.paths import RunFolder, Workplace
from training.recipe import Recipe
from training.run.checkpoint import load_model
from training.tokenizer import CodeTokenizer

_TEST_SEED = 11
_TEST_WINDOWS = 6


def export(
    recipe: Recipe,
    work: Workplace,
    folder: RunFolder,
    checkpoint: Path,
    file_type: FileType,
    report: Callable[[str], None],
) -> Path:
    """Write the file and return where it is; raises TrainingError when it does not answer as the model does.

    With figures of an earlier evaluation in the run's folder, they become part of the file's model card.
    """
    if not checkpoint.exists():
        raise TrainingError(f"There is no {checkpoint}: train first.")
    model, progress = load_model(checkpoint)
    figures = json.loads(folder.figures.read_text(encoding="utf-8")) if folder.figures.exists() else {}
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    card = make_card(recipe, n_parameters, progress, work.table, figures)
    path = folder.model(card.name, file_type)
    write_gguf(
        path,
        model,
        read_vocabulary(folder.tokenizer),
        card,
        context_length=recipe.long_window_tokens,
        file_type=file_type,
    )
    tokenizer = CodeTokenizer.from_file(folder.tokenizer)
    held_out = list(read_corpus(work.corpus, held_out=True))
    source = WindowSource(held_out, tokenizer, seed=_TEST_SEED, language_shares=recipe.language_shares)
    parity = check_file(path, file_type, model, tokenizer, source.windows(range(_TEST_WINDOWS), recipe.window_tokens))
    report(
        f"{path}: {path.stat().st_size / 1e6:.1f} MB; the same best token as in training at {parity.agreement:.2%} of "
        f"{parity.places} places, {parity.loss:.4f} nats/token instead of {parity.reference_loss:.4f}"
    )
    return path
