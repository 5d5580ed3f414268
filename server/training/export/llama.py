"""A GGUF file as llama.cpp runs it: tokens, logits, and greedy generation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray


class LlamaFile:
    """One model on one thread."""

    def __init__(self, path: Path, context_length: int = 1280) -> None:
        self._llama = llama_cpp.Llama(
            str(path), n_ctx=context_length, n_batch=context_length, n_threads=1, n_threads_batch=1,
            logits_all=True, verbose=False,
        )  # fmt: skip

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of user text: what spells a special token is text."""
        return list(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def detokenize(self, tokens: Sequence[int]) -> bytes:
        """Return the bytes of tokens that are not special."""
        return bytes(self._llama.detokenize(list(tokens), special=False))

    def logits(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Return the logits after each token, of shape (tokens, vocabulary)."""
        self._llama.reset()
        self._llama.eval(list(tokens))
        return np.array(self._llama.scores[: len(tokens)], np.float32)
