"""A GGUF file as llama.cpp runs it: tokens, logits, and greedy generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Greedy:
    """The tokens written, the one that ended it included, and the log-probability of each."""

    tokens: list[int]
    log_probabilities: list[float]


class LlamaFile:
    """One model on one thread."""

    def __init__(self, path: Path, context_length: int = 1280) -> None:
        self._llama = llama_cpp.Llama(
            str(path), n_ctx=context_length, n_batch=context_length, n_threads=1, n_threads_batch=1,
            logits_all=True, verbose=False,
        )  # fmt: skip
        self._pieces: dict[int, bytes] = {}

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of user text: what spells a special token is text."""
        return list(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def detokenize(self, tokens: Sequence[int]) -> bytes:
        """Return the bytes of tokens that are not special."""
        return bytes(self._llama.detokenize(list(tokens), special=False))

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token."""
        if token not in self._pieces:
            self._pieces[token] = self.detokenize([token])
        return self._pieces[token]

    def logits(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Return the logits after each token, of shape (tokens, vocabulary)."""
        self._forget()
        self._llama.eval(list(tokens))
        return np.array(self._llama.scores[: len(tokens)], np.float32)

    def greedy(self, prompt: Sequence[int], most: int, stops: Callable[[int], bool]) -> Greedy:
        """Write the most probable token again and again, until one stops it."""
        answer = Greedy([], [])
        self._forget()
        self._llama.eval(list(prompt))
        while len(answer.tokens) < most:
            log_probabilities = log_softmax(self._llama.scores[self._llama.n_tokens - 1])
            token = int(log_probabilities.argmax())
            answer.tokens.append(token)
            answer.log_probabilities.append(float(log_probabilities[token]))
            if stops(token):
                break
            self._llama.eval([token])
        return answer

    def loss_of(self, prompt: Sequence[int], target: Sequence[int]) -> float:
        """Return the nats that a target costs after a prompt, all its tokens together.

        A prompt that begins like the last one is not computed again.
        """
        known = self._llama.n_tokens
        if known < len(prompt) or list(self._llama.input_ids[: len(prompt)]) != list(prompt):
            self._forget()
            self._llama.eval(list(prompt))
        self._llama.n_tokens = len(prompt)
        self._llama.eval(list(target[:-1])) if len(target) > 1 else None
        shown = log_softmax(np.array(self._llama.scores[len(prompt) - 1 : len(prompt) - 1 + len(target)]))
        return float(-shown[np.arange(len(target)), list(target)].sum())

    def _forget(self) -> None:
        self._llama.n_tokens = 0


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return log-probabilities along the last axis."""
    values = logits.astype(np.float64)
    values -= values.max(-1, keepdims=True)
    values -= np.log(np.exp(values).sum(-1, keepdims=True))
    return values
