"""Keep an answer to a grammar: sample freely, test that one token, and look further only when it is refused.

A grammar in front of the sampler would test the whole vocabulary for every token, which takes 12 to 60 ms for 150,000
tokens; most tokens of a model that knows what is wanted pass the test, and of the others one of the likeliest does.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pylot.engine.sampling import Logits, Sampler, log_probability
from pylot.engine.thinking import CLOSES, OPENS, Thinking

_NOTHING_FITS = -np.inf
_N_LIKELIEST = 256


class Grammar(Protocol):
    """What has to be known of a grammar."""

    def allows(self, token: int) -> bool:
        """Whether a token may come next."""
        ...

    def mask(self, logits: Logits, n_likeliest: int) -> Logits:
        """Return logits in which all but those of the likeliest tokens that may come next are minus infinity."""
        ...

    def accept(self, token: int) -> None:
        """Go on behind a token."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class Vocabulary(Protocol):
    """What has to be known of tokens."""

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token."""
        ...

    def is_end(self, token: int) -> bool:
        """Whether a token ends the generation."""
        ...

    def is_control(self, token: int) -> bool:
        """Whether a token is a control token."""
        ...


class Constraint:
    """Choose the tokens of one answer; the grammar begins behind a block of thoughts where there is one (H18)."""

    def __init__(self, grammar: Grammar, vocabulary: Vocabulary, thinking: Thinking = "none") -> None:
        self._grammar = grammar
        self._vocabulary = vocabulary
        self._thinking = thinking
        self._begun = b""
        self.n_refused = 0

    def choose(self, sampler: Sampler, logits: Logits, recent: list[int]) -> tuple[int, float] | None:
        """Return a token that is allowed and its log-probability, or None when nothing can follow."""
        token, logprob = sampler.choose(logits, recent)
        if self._is_thought(token):
            return token, logprob
        if self._passes(token):
            self._accept(token)
            return token, logprob
        self.n_refused += 1
        for n_likeliest in (_N_LIKELIEST, len(logits)):
            masked = self._grammar.mask(logits, n_likeliest)
            while masked.max() > _NOTHING_FITS:
                token, _ = sampler.choose(masked, recent)
                if self._passes(token):
                    self._accept(token)
                    return token, log_probability(logits, token)
                masked[token] = _NOTHING_FITS
        return None

    def close(self) -> None:
        """Free the grammar."""
        self._grammar.close()

    def _passes(self, token: int) -> bool:
        # The grammar sees the spelling of control tokens, which in the stream have none.
        if self._vocabulary.is_control(token) and not self._vocabulary.is_end(token):
            return False
        return self._grammar.allows(token)

    def _accept(self, token: int) -> None:
        if not self._vocabulary.is_end(token):
            self._grammar.accept(token)

    def _is_thought(self, token: int) -> bool:
        """Whether a token belongs to what comes before the answer; takes it in if so."""
        if self._thinking == "none":
            return False
        piece = self._vocabulary.piece(token)
        opens = OPENS.encode()
        if self._thinking == "possible":
            begun = self._begun + piece
            if not piece or not (opens.startswith(begun) or begun.startswith(opens)):
                self._thinking = "none"
                return False
            self._begun = begun
            if begun.startswith(opens):
                self._thinking, self._begun = "open", begun[len(opens) :]
            else:
                return True
        else:
            self._begun += piece
        if CLOSES.encode() in self._begun:
            self._thinking = "none"
        self._begun = self._begun[-len(CLOSES) :]
        return True
