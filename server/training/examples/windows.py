"""Windows of tokens to train on: each is a function of the seed and its number, so that training resumes exactly."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Protocol

from training.data.documents import Document
from training.examples.cuts import Cut, cut_at
from training.examples.renaming import IDENTIFIER, Renamer
from training.examples.shapes import Chunk, Piece, context_pieces, contiguous_spm, psm
from training.specials import Special

_CHARACTERS_PER_TOKEN = 3.7
_LEAST_FILL = 48
_LEAST_WITH_CONTEXT = 400
_RENAMER_SAMPLE = 3000
_WINDOW_LINES = 40
_HEAD_LINES = 30
_FAR_FROM_HEAD = 6000
_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Mixture:
    """How often each kind of example is drawn; the rest of `fim` is plain text, the rest of `spm` is PSM."""

    fim: float = 0.75
    spm: float = 0.88
    context: float = 0.4
    renamed: float = 0.3
    at_file_end: float = 0.12


class Encoder(Protocol):
    """Turns texts into ids that are never special."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text by itself."""
        ...


class WindowSource:
    """Draw windows of exactly as many tokens as asked for."""

    def __init__(
        self,
        documents: Sequence[Document],
        tokenizer: Encoder,
        *,
        seed: int,
        language_shares: dict[str, float],
        mixture: Mixture | None = None,
    ) -> None:
        self._documents = documents
        self._tokenizer = tokenizer
        self._seed = seed
        self._mixture = mixture or Mixture()
        self._cumulated = list(accumulate(_weights(documents, language_shares)))
        self._projects: dict[str, list[int]] = {}
        for index, document in enumerate(documents):
            self._projects.setdefault(document.project, []).append(index)
        sample = random.Random(seed).sample(range(len(documents)), min(_RENAMER_SAMPLE, len(documents)))
        self._renamer = Renamer([documents[index].text for index in sample])

    def windows(self, numbers: Sequence[int], n_tokens: int) -> list[list[int]]:
        """Return several windows."""
        return [self.window(number, n_tokens) for number in numbers]

    def window(self, number: int, n_tokens: int) -> list[int]:
        """Return window `number` of the endless sequence."""
        rng = random.Random(f"{self._seed}:{number}")
        tokens: list[int] = []
        while (room := n_tokens - len(tokens)) > 0:
            if room < _LEAST_FILL:
                tokens += self._filling(room, rng)
            else:
                wanted = int(n_tokens * rng.choice((1.0, 0.5, 0.5, 0.25) if n_tokens > 700 else (1.0, 1.0, 0.5)))
                tokens += self._example(max(_LEAST_FILL, min(room, wanted)), rng)
        if len(tokens) != n_tokens:
            raise AssertionError(f"window {number} has {len(tokens)} tokens instead of {n_tokens}")
        return tokens

    def _example(self, n_tokens: int, rng: random.Random) -> list[int]:
        index = self._pick(rng)
        document = self._documents[index]
        place = _code_line_start(document.text, rng)
        has_context = n_tokens >= _LEAST_WITH_CONTEXT and rng.random() < self._mixture.context
        n_context = int(n_tokens * rng.uniform(0.15, 0.4)) if has_context else 0
        n_characters = int((n_tokens - n_context) * _CHARACTERS_PER_TOKEN)
        before = document.text[max(0, place - n_characters) : place]
        after = document.text[place : place + n_characters]
        chunks = self._chunks(index, place, before[-1500:] + after[:500], n_context, rng) if has_context else []
        if rng.random() < self._mixture.renamed:
            rename = self._renamer.renaming([before, after, *(chunk.text for chunk in chunks)], rng)
            before, after = rename(before), rename(after)
            chunks = [Chunk(chunk.name, rename(chunk.text)) for chunk in chunks]
        name = PurePosixPath(document.path).name
        opening = self._encode(context_pieces(name, chunks))
        if len(opening) > n_tokens // 2:
            opening = self._encode(context_pieces(name, []))[-n_tokens // 2 :]
        room = n_tokens - len(opening)
        if rng.random() < self._mixture.fim:
            return opening + self._fill_in_the_middle(before, after, room, rng)
        start = 0 if rng.random() < 0.3 else len(before)
        body = self._encode([(before + after)[start : start + n_characters]])
        ends = place + n_characters >= len(document.text) and len(body) < room
        return opening + (body[:room] if not ends else [*body[: room - 1], Special.END])

    def _fill_in_the_middle(self, before: str, after: str, room: int, rng: random.Random) -> list[int]:
        text, line_start = before + after, len(before)
        cut = cut_at(text, line_start, rng)
        suffix = "" if rng.random() < self._mixture.at_file_end else text[cut.end :]
        middle, *_ = self._tokenizer.encode([text[cut.start : cut.end]])
        answer = [*middle[: room // 3], Special.END] if len(middle) <= room // 3 else middle[: room // 3]
        n_suffix = int(room * rng.uniform(0.08, 0.25))
        suffix = _cut_to_lines(suffix, int(n_suffix * 4))
        if rng.random() < self._mixture.spm:
            head, tail = _divide(text, cut, rng)
            parts = contiguous_spm(head, tail, suffix)
        else:
            parts = psm(text[: cut.start], suffix)
        return self._within(parts, suffix, n_suffix, room - len(answer)) + answer

    def _within(self, parts: Sequence[Piece], suffix: str, n_suffix: int, room: int) -> list[int]:
        """Encode a prompt of at most `room` tokens: the suffix loses its end, the prefix its beginning."""
        texts = self._tokenizer.encode([part for part in parts if isinstance(part, str)])
        encoded = iter(texts)
        pieces = [[int(part)] if isinstance(part, Special) else next(encoded) for part in parts]
        place = parts.index(suffix) if suffix else -1
        if place >= 0:
            pieces[place] = pieces[place][:n_suffix]
        surplus = sum(map(len, pieces)) - room
        for index, part in enumerate(parts):
            if surplus > 0 and isinstance(part, str) and index != place:
                n_cut = min(surplus, len(pieces[index]))
                pieces[index] = pieces[index][n_cut:]
                surplus -= n_cut
        return [token for piece in pieces for token in piece]

    def _chunks(self, index: int, place: int, near: str, n_context: int, rng: random.Random) -> list[Chunk]:
        """Return text of the same project that shares names with the code: what the product would find, worst first."""
        document = self._documents[index]
        names = set(IDENTIFIER.findall(near))
        siblings = self._projects[document.project]
        found: list[tuple[float, Chunk]] = []
        for _ in range(_CANDIDATES):
            other = rng.choice(siblings)
            if other != index:
                text = _some_lines(self._documents[other].text, rng)
                theirs = set(IDENTIFIER.findall(text))
                score = len(names & theirs) / (1 + len(names | theirs))
                found.append((score, Chunk(PurePosixPath(self._documents[other].path).name, text)))
        found.sort(key=lambda one: -one[0])
        chunks = [chunk for _, chunk in found[: rng.randint(1, 2)]]
        if place > _FAR_FROM_HEAD and rng.random() < 0.3:
            head = "".join(document.text[:3000].splitlines(keepends=True)[:_HEAD_LINES])
            chunks = [*chunks[:1], Chunk(PurePosixPath(document.path).name, head)]
        n_each = int(n_context * _CHARACTERS_PER_TOKEN) // max(1, len(chunks))
        return [Chunk(chunk.name, chunk.text[:n_each]) for chunk in reversed(chunks)]

    def _filling(self, n_tokens: int, rng: random.Random) -> list[int]:
        document = self._documents[self._pick(rng)]
        place = _code_line_start(document.text, rng)
        opening = context_pieces(PurePosixPath(document.path).name, [])
        tokens = self._encode([*opening, document.text[place : place + n_tokens * 8]])
        return (tokens + [Special.PAD] * n_tokens)[:n_tokens]

    def _encode(self, pieces: Sequence[Piece]) -> list[int]:
        encoded = iter(self._tokenizer.encode([piece for piece in pieces if isinstance(piece, str)]))
        tokens: list[int] = []
        for piece in pieces:
            tokens += [int(piece)] if isinstance(piece, Special) else next(encoded)
        return tokens

    def _pick(self, rng: random.Random) -> int:
        return min(bisect(self._cumulated, rng.random() * self._cumulated[-1]), len(self._documents) - 1)


def _weights(documents: Sequence[Document], language_shares: dict[str, float]) -> list[float]:
    """Weigh files by length, and languages so that each gets its share of the tokens."""
    totals: dict[str, int] = {}
    for document in documents:
        totals[document.language] = totals.get(document.language, 0) + len(document.text)
    return [
        len(document.text) * language_shares[document.language] / totals[document.language] for document in documents
    ]


def _code_line_start(text: str, rng: random.Random) -> int:
    """Return the beginning of a line that is not blank."""
    for _ in range(8):
        start = text.rfind("\n", 0, rng.randrange(len(text))) + 1
        if text[start : start + 200].split("\n", 1)[0].strip():
            return start
    return 0


def _divide(text: str, cut: Cut, rng: random.Random) -> tuple[str, str]:
    """Divide the prefix at the product's anchor: the beginning of the line on which the spell of typing began."""
    anchor = text.rfind("\n", 0, cut.start) + 1
    if rng.random() < 0.25:
        for _ in range(rng.randint(1, 3)):
            anchor = text.rfind("\n", 0, max(0, anchor - 1)) + 1
    return text[:anchor], text[anchor : cut.start]


def _cut_to_lines(text: str, n_characters: int) -> str:
    if len(text) <= n_characters:
        return text
    end = text.rfind("\n", 0, n_characters)
    return text[: end + 1] if end > 0 else text[:n_characters]


def _some_lines(text: str, rng: random.Random) -> str:
    start = text.rfind("\n", 0, rng.randrange(len(text))) + 1
    return "\n".join(text[start : start + 6000].split("\n")[:_WINDOW_LINES])
