"""llama.cpp's grammar as a gate that tokens have to pass, in native memory that its owner gives back."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib

from pylot.engine.grammar import refused
from pylot.engine.sampling import Logits

# The layout of `llama_token_data`.
_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class LlamaGrammar:
    """Where one answer stands in its grammar; owned by the decode thread, and freed by `close`.

    Raises:
        EngineError: llama.cpp cannot read the grammar.
    """

    def __init__(self, vocab: Any, gbnf: str) -> None:
        self._sampler = lib.llama_sampler_init_grammar(vocab, gbnf.encode(), b"root")
        if not self._sampler:
            raise refused("llama_sampler_init_grammar returned nothing")

    def allows(self, token: int) -> bool:
        """Whether a token may come next; an end token may only where the answer is whole."""
        entry = (lib.llama_token_data * 1)(lib.llama_token_data(token, 0.0, 0.0))
        array = lib.llama_token_data_array(entry, 1, -1, False)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return bool(entry[0].logit > -np.inf)

    def mask(self, logits: Logits, n_likeliest: int) -> Logits:
        """Return logits in which all but those of the likeliest tokens that may come next are minus infinity."""
        n = min(n_likeliest, len(logits))
        tokens = np.argpartition(logits, -n)[-n:] if n < len(logits) else np.arange(n)
        data = np.zeros(n, dtype=_TOKEN_DATA)
        data["id"] = tokens
        data["logit"] = logits[tokens]
        pointer = data.ctypes.data_as(ctypes.POINTER(lib.llama_token_data))
        array = lib.llama_token_data_array(pointer, n, -1, False)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        masked = np.full(len(logits), -np.inf, dtype=np.float32)
        masked[tokens] = data["logit"]
        return masked

    def accept(self, token: int) -> None:
        """Go on behind a token that `allows` has let through; any other would end the process."""
        lib.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free the native memory; calling it again does nothing."""
        sampler, self._sampler = self._sampler, None
        if sampler:
            lib.llama_sampler_free(sampler)
