"""Make the file to ship from a run's checkpoint, and prove that it is the model that was trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path

from training.data.documents import read_corpus
from training.examples.windows import WindowSource
from training.export.card import make_card
from training.export.llama import LlamaFile
from training.export.self_test import HOSTILE, check_parity, check_tokens
from training.export.vocabulary import read_vocabulary
from training.export.weights import FileType, write_gguf
from training.failure import TrainingError
from training.model import CodeModel
from training.paths import RunFolder, Workplace
from training.recipe import Recipe
from training.run.checkpoint import load_model
from training.tokenizer import CodeTokenizer

_TEST_SEED = 11
_TEST_WINDOWS = 6
_TEST_FILES = 1000


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
    origin = folder.origin.read_text(encoding="utf-8") if folder.origin.exists() else ""
    card = make_card(recipe, n_parameters, progress, work.table, begun_from=origin, figures=figures)
    path = folder.model(card.name, file_type)
    vocabulary = read_vocabulary(folder.tokenizer)
    write_gguf(path, model, vocabulary, card, context_length=recipe.long_window_tokens, file_type=file_type)
    try:
        tested = _self_test(recipe, work, folder, path, file_type, model)
    except TrainingError:
        path.unlink()
        raise
    report(f"{path}: {path.stat().st_size / 1e6:.1f} MB; {tested}")
    return path


def _self_test(
    recipe: Recipe, work: Workplace, folder: RunFolder, path: Path, file_type: FileType, model: CodeModel
) -> str:
    tokenizer = CodeTokenizer.from_file(folder.tokenizer)
    held_out = list(read_corpus(work.corpus, held_out=True))
    documents = islice(chain(held_out, read_corpus(work.corpus, held_out=False)), _TEST_FILES)
    texts = [*HOSTILE, *(document.text for document in documents)]
    source = WindowSource(held_out, tokenizer, seed=_TEST_SEED, language_shares=recipe.language_shares)
    file = LlamaFile(path, context_length=recipe.window_tokens)
    n_tokens = check_tokens(file, tokenizer, texts)
    windows = source.windows(range(_TEST_WINDOWS), recipe.window_tokens)
    parity = check_parity(file, model, windows, file_type)
    return (
        f"{n_tokens:,} tokens of {len(texts):,} texts as in training; the same best token at "
        f"{parity.agreement:.2%} of {parity.places:,} places; "
        f"{parity.loss:.4f} nats per token, {parity.reference_loss:.4f} in training"
    )
