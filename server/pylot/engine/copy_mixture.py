"""Mix what followed the same characters elsewhere into a model's distribution, token by token.

p = (1 - l) * p_model + l * p_copy, where l grows with the length of the agreement.
A small model learns the shape of code but not its names; those stand in the text already.
Characters are matched and not tokens, because the same text is cut into other tokens where the cursor stands in it
(`reference/tiny-model.md` section 5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pylot.engine.copy_sources import CopySource, History, flatten
from pylot.engine.jobs import PromptPiece, TextPiece, TokenPiece
from pylot.engine.sampling import Logits

_MAX_PLACES_PER_SOURCE = 6
_CONTINUATION = 24
_MAX_HISTORY = 200
_OWN_WIDTH = 4
# So much less does each place farther away say, and so sure is a single place.
_FADING = 0.3
_DOUBT = 0.3


@dataclass(frozen=True, slots=True)
class PromptText:
    """The text of a prompt: what generation goes on from, and what stands elsewhere in it."""

    history: str
    elsewhere: str

    @classmethod
    def of(cls, pieces: Sequence[PromptPiece]) -> PromptText:
        """Take the text behind the last special token as what goes on."""
        last = max((index for index, piece in enumerate(pieces) if isinstance(piece, TokenPiece)), default=-1)
        texts = [piece.text if isinstance(piece, TextPiece) else "" for piece in pieces]
        return cls("".join(texts[last + 1 :]), "\0".join(texts[: last + 1]))


class CopyMixture:
    """The copies that one generation may make; the same inputs give the same mixture.

    `weights` are pairs of an agreement in bytes and the share that copying gets from there on, ascending.
    """

    def __init__(
        self,
        prompt: PromptText,
        sources: Sequence[CopySource],
        weights: Sequence[tuple[int, float]],
        tokenize: Callable[[str], list[int]],
    ) -> None:
        own = f"{prompt.elsewhere}\0{prompt.history}".encode("utf-8", "replace")
        self._sources = (CopySource(own, _OWN_WIDTH), *sources)
        self._weights = weights
        self._tokenize = tokenize
        self._history = prompt.history.encode("utf-8", "replace")[-_MAX_HISTORY:]
        self._in_new_line = False
        self._first_tokens: dict[bytes, int | None] = {}

    def extend(self, piece: bytes) -> None:
        """Take in the bytes of the token that was chosen."""
        self._history = (self._history + piece)[-_MAX_HISTORY:]
        # Copies have no indentation, so the model writes that of a line it has begun by itself.
        line_start = piece.rfind(b"\n") + 1
        self._in_new_line = (self._in_new_line or line_start > 0) and not piece[line_start:].strip()

    def mix(self, logits: Logits) -> Logits:
        """Return the natural logarithms of the mixed distribution, which sums to one."""
        agreement, votes = (0, {}) if self._in_new_line else self._votes()
        total = sum(votes.values())
        share = self._share(agreement) * total / (total + _DOUBT)
        top = float(logits.max())
        mixed: Logits = logits - (top + math.log(float(np.exp(logits - top).sum())))
        if share <= 0:
            return mixed
        mixed += math.log1p(-share)
        for token, votes_for in votes.items():
            mixed[token] = np.logaddexp(mixed[token], math.log(share * votes_for / total))
        return mixed

    def _share(self, agreement: int) -> float:
        return max((share for least, share in self._weights if least <= agreement), default=0.0)

    def _votes(self) -> tuple[int, dict[int, float]]:
        """Return the longest agreement and how much speaks for each next token there."""
        history = History(flatten(self._history))
        best, found = self._weights[0][0] if self._weights else _MAX_HISTORY, list[tuple[CopySource, list[int]]]()
        for source in self._sources:
            agreement, places = source.places_after(history, best)
            if agreement > best:
                best, found = agreement, []
            if agreement == best and len(places):
                found.append((source, places[-_MAX_PLACES_PER_SOURCE:].tolist()))
        votes: dict[int, float] = {}
        for source, nearest in found:
            for rank, place in enumerate(reversed(nearest)):
                token = self._first_token(source.data[place : place + _CONTINUATION].tobytes())
                if token is not None:
                    votes[token] = votes.get(token, 0.0) + 1.0 / (1.0 + _FADING * rank)
        return best, votes

    def _first_token(self, continuation: bytes) -> int | None:
        if continuation not in self._first_tokens:
            tokens = self._tokenize(continuation.split(b"\0")[0].decode("utf-8", "ignore"))
            self._first_tokens[continuation] = tokens[0] if tokens else None
        return self._first_tokens[continuation]
