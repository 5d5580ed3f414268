"""Prompt pieces as a llama-server's own tokens, so that budgets are exact and the user's text stays text."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from pylot.engine.jobs import TextPiece, TokenPiece
from pylot.models.fim import SourcedPiece
from pylot.models.http.client import HttpClient
from pylot.models.http.failures import garbage

_MAX_REMEMBERED = 128
# More text than this many characters per token of its budget cannot matter, and need not travel.
_CHARACTERS_PER_TOKEN = 64


class RemoteTokenizer:
    """Tokenize with one model of one server; what has been asked lately is remembered."""

    def __init__(self, client: HttpClient, model: Mapping[str, str]) -> None:
        self._client = client
        self._model = model
        self._remembered: OrderedDict[str, list[int]] = OrderedDict()

    async def pieces(self, pieces: Sequence[SourcedPiece]) -> tuple[list[int], list[int]]:
        """Return the prompt's tokens and how many of them each piece gave, each cut to its budget."""
        parts = await asyncio.gather(*(self._piece(piece) for piece in pieces))
        return [token for part in parts for token in part], [len(part) for part in parts]

    async def text(self, text: str) -> list[int]:
        """Return the tokens of a text in which nothing counts as a special token."""
        known = self._remembered.get(text)
        if known is not None:
            self._remembered.move_to_end(text)
            return known
        body = {"content": text, "add_special": False, "parse_special": False, **self._model}
        tokens = read_tokens(self._client.who, await self._client.post("/tokenize", body))
        self._remembered[text] = tokens
        if len(self._remembered) > _MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return tokens

    async def _piece(self, sourced: SourcedPiece) -> list[int]:
        match sourced.piece:
            case TokenPiece(token):
                return [token]
            case TextPiece(text, max_tokens, keep):
                if max_tokens is None:
                    return await self.text(text)
                n_characters = max_tokens * _CHARACTERS_PER_TOKEN
                tokens = await self.text(text[:n_characters] if keep == "head" else text[-n_characters:])
                if len(tokens) <= max_tokens:
                    return tokens
                return tokens[:max_tokens] if keep == "head" else tokens[len(tokens) - max_tokens :]
            case other:
                raise TypeError(type(other).__name__)


def read_tokens(who: str, answer: object) -> list[int]:
    """Return the tokens of an answer to /tokenize."""
    tokens = answer.get("tokens") if isinstance(answer, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, int) for token in tokens):
        raise garbage(who, "no tokens")
    return tokens
