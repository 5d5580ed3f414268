"""Windows of tokens to train on: each is a function of the seed and its number, so that training resumes exactly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.documents import Document
from training.examples.cuts import Cut, cut_at
from training.examples.fitting import Encoder, cut_to_lines, encode_pieces, fit_prompt, joined
from training.examples.places import Place, Places
from training.examples.renaming import Renamer
from training.examples.shapes import Chunk, context_pieces, contiguous_spm, psm
from training.specials import Special

_CHARACTERS_PER_TOKEN = 3.7
_LEAST_EXAMPLE = 48
_LEAST_WITH_CONTEXT = 400
_LONG_WINDOW = 700
_RENAMER_SAMPLE = 3000


@dataclass(frozen=True, slots=True)
class Mixture:
    """How often each kind of example is drawn; the rest of `fim` is plain text, the rest of `spm` is PSM."""

    fim: float = 0.75
    spm: float = 0.88
    context: float = 0.4
    renamed: float = 0.3
    at_file_end: float = 0.12


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The code on both sides of a place, the place's line being the first of `after`, and the other files' text."""

    before: str
    after: str
    chunks: Sequence[Chunk]


class WindowSource:
    """Draw windows of exactly as many tokens as asked for."""

    def __init__(
        self, documents: Sequence[Document], encoder: Encoder, *, seed: int, language_shares: dict[str, float]
    ) -> None:
        self._encoder = encoder
        self._seed = seed
        self._mixture = Mixture()
        self._places = Places(documents, language_shares)
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
            if room < _LEAST_EXAMPLE:
                tokens += self._filling(room, rng)
            else:
                shares = (1.0, 0.5, 0.5, 0.25) if n_tokens > _LONG_WINDOW else (1.0, 1.0, 0.5)
                wanted = int(n_tokens * rng.choice(shares))
                tokens += self._example(max(_LEAST_EXAMPLE, min(room, wanted)), rng)
        if len(tokens) != n_tokens:
            raise AssertionError(f"window {number} has {len(tokens)} tokens instead of {n_tokens}")
        return tokens

    def _example(self, n_tokens: int, rng: random.Random) -> list[int]:
        place = self._places.draw(rng)
        around = self._surroundings(place, n_tokens, rng)
        opening = joined(encode_pieces(self._encoder, context_pieces(place.name, around.chunks)))
        if len(opening) > n_tokens // 2:
            opening = joined(encode_pieces(self._encoder, context_pieces(place.name, [])))[-n_tokens // 2 :]
        room = n_tokens - len(opening)
        if rng.random() < self._mixture.fim:
            return opening + self._fill_in_the_middle(around.before, around.after, room, rng)
        return opening + self._plain(around, place, room, rng)

    def _surroundings(self, place: Place, n_tokens: int, rng: random.Random) -> Surroundings:
        has_context = n_tokens >= _LEAST_WITH_CONTEXT and rng.random() < self._mixture.context
        n_context = int(n_tokens * rng.uniform(0.15, 0.4)) if has_context else 0
        n_characters = int((n_tokens - n_context) * _CHARACTERS_PER_TOKEN)
        text = place.document.text
        before, after = text[max(0, place.start - n_characters) : place.start], text[place.start :][:n_characters]
        chunks: list[Chunk] = []
        if has_context:
            near = before[-1500:] + after[:500]
            chunks = self._places.context(place, near, int(n_context * _CHARACTERS_PER_TOKEN), rng)
        if rng.random() >= self._mixture.renamed:
            return Surroundings(before, after, chunks)
        rename = self._renamer.renaming([before, after, *(chunk.text for chunk in chunks)], rng)
        return Surroundings(rename(before), rename(after), [Chunk(chunk.name, rename(chunk.text)) for chunk in chunks])

    def _plain(self, around: Surroundings, place: Place, room: int, rng: random.Random) -> list[int]:
        text = around.after if rng.random() >= 0.3 else around.before + around.after
        body, *_ = self._encoder.encode([text])
        reaches_end = len(around.after) >= len(place.document.text) - place.start
        return [*body[: room - 1], Special.END] if reaches_end and len(body) < room else body[:room]

    def _fill_in_the_middle(self, before: str, after: str, room: int, rng: random.Random) -> list[int]:
        text = before + after
        cut = cut_at(text, len(before), rng)
        suffix = "" if rng.random() < self._mixture.at_file_end else text[cut.end :]
        middle, *_ = self._encoder.encode([text[cut.start : cut.end]])
        # A middle that does not fit teaches how it begins, but not that it ends there.
        answer = [*middle, Special.END] if len(middle) <= room // 3 else middle[: room // 3]
        n_suffix = int(room * rng.uniform(0.08, 0.25))
        suffix = cut_to_lines(suffix, n_suffix * 4)
        if rng.random() < self._mixture.spm:
            pieces = contiguous_spm(*_divide(text, cut, rng), suffix)
        else:
            pieces = psm(text[: cut.start], suffix)
        return fit_prompt(self._encoder, pieces, suffix, n_suffix, room - len(answer)) + answer

    def _filling(self, n_tokens: int, rng: random.Random) -> list[int]:
        """Return the beginning of an example that is cut where the window ends."""
        place = self._places.draw(rng)
        text = place.document.text[place.start :][: n_tokens * 8]
        tokens = joined(encode_pieces(self._encoder, [*context_pieces(place.name, []), text]))
        return (tokens + [Special.PAD] * n_tokens)[:n_tokens]


def _divide(text: str, cut: Cut, rng: random.Random) -> tuple[str, str]:
    """Divide the prefix at the product's anchor: the beginning of the line on which the spell of typing began."""
    anchor = text.rfind("\n", 0, cut.start) + 1
    if rng.random() < 0.25:
        for _ in range(rng.randint(1, 3)):
            anchor = text.rfind("\n", 0, max(0, anchor - 1)) + 1
    return text[:anchor], text[anchor : cut.start]
