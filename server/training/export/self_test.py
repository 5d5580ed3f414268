"""Prove on every export that llama.cpp reads the file as it was meant: same tokens, same answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.export.llama import LlamaFile
from training.failure import TrainingError
from training.model import CodeModel
from training.tokenizer import CodeTokenizer

# The loss is the finer measure: a model that is undecided between two tokens is tipped by half a rounding.
_LEAST_AGREEMENT = {"F16": 0.997, "Q8_0": 0.95}
_MOST_EXTRA_LOSS = {"F16": 0.002, "Q8_0": 0.01}

HOSTILE = (
    "", "\n", "\n\n   x", "  \t\tfoo\r\nbar\r\n", "é ü 漢字 🙂‍↔️ ﬁ", "a" * 300, "1234567890", "x = 'don''t I'LL we'VE'",
    "   ", "\t", "foo\n        ", "\x00\x01", "def f(x):\n    return x\n\n\n\n", " ١٢٣ Ⅷ ²", "ǅ ı ſ 'ſ",
    "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", "<|endoftext|>", "<|file_sep|>a/b.py\n\n\nx", "<|repo_name|",
    "\ufeffx = 1", "e\u0301", "\u2028\u2029\u0085", "\u00a0\u3000x", "👩‍👩‍👧‍👦" * 20,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parity:
    """How closely llama.cpp follows the trained model: share of places with the same best token, nats per token."""

    places: int
    agreement: float
    loss: float
    reference_loss: float


def check_tokens(file: LlamaFile, tokenizer: CodeTokenizer, texts: Sequence[str]) -> int:
    """Return how many tokens were compared; raises TrainingError at the first text that llama.cpp cuts otherwise.

    Every text must also come back byte for byte, and none may give a special token.
    """
    n_tokens = 0
    for number, (text, expected) in enumerate(zip(texts, tokenizer.encode(texts), strict=True)):
        tokens = file.tokenize(text)
        if tokens != expected:
            raise TrainingError(f"llama.cpp cuts text {number} of the self-test into other tokens than the tokenizer.")
        if file.detokenize(tokens) != text.encode() or any(token < 7 for token in tokens):
            raise TrainingError(f"Text {number} of the self-test does not come back from its tokens as it was.")
        n_tokens += len(tokens)
    return n_tokens


def check_parity(file: LlamaFile, model: CodeModel, windows: Sequence[Sequence[int]], file_type: str) -> Parity:
    """Compare the logits of llama.cpp with PyTorch's; raises TrainingError when they are too far apart."""
    same = places = 0
    losses: list[float] = []
    references: list[float] = []
    model.eval()
    for window in windows:
        ours = file.logits(window)
        with torch.no_grad():
            reference = model(torch.tensor([list(window)]))[0].float().numpy()
        same += int((ours.argmax(1) == reference.argmax(1)).sum())
        places += len(window)
        losses.append(_loss(ours, window))
        references.append(_loss(reference, window))
    parity = Parity(places, same / places, float(np.mean(losses)), float(np.mean(references)))
    too_far = parity.loss - parity.reference_loss > _MOST_EXTRA_LOSS[file_type]
    if parity.agreement < _LEAST_AGREEMENT[file_type] or too_far:
        raise TrainingError(f"The file does not give the trained model's answers: {parity}.")
    return parity


def _loss(logits: NDArray[np.float32], window: Sequence[int]) -> float:
    shown = logits[:-1].astype(np.float64)
    shown -= shown.max(1, keepdims=True)
    chosen = shown[np.arange(len(window) - 1), list(window[1:])]
    return float((np.log(np.exp(shown).sum(1)) - chosen).mean())
