"""Complete held-out lines greedily with a GGUF file, in the product's own prompt shape, and count what is right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from training.evaluation.cases import LineCase
from training.examples.shapes import Piece, context_pieces, contiguous_spm
from training.export.llama import LlamaFile
from training.specials import Special

_PREFIX_TOKENS = 600
_SUFFIX_TOKENS = 150
_CHARACTERS_PER_TOKEN = 4
_MOST_NEW_TOKENS = 40


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote for a case; `least_probability` is that of its least certain token."""

    case: LineCase
    text: str
    least_probability: float
    target_loss: float
    target_tokens: int

    @property
    def exact(self) -> bool:
        """Is it what stands in the file, spaces around it aside?"""
        return self.text.strip() == self.case.target.strip()


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of some completions: shares from 0 to 1, losses in nats."""

    cases: int
    exact_match: float
    loss_per_token: float
    loss_per_character: float


def complete_all(file: LlamaFile, cases: Iterable[LineCase]) -> list[Completion]:
    """Complete every case."""
    return [complete(file, case) for case in cases]


def complete(file: LlamaFile, case: LineCase) -> Completion:
    """Complete one line greedily, and ask how probable the right one was."""
    prompt = prompt_tokens(file, case)
    answer = file.greedy(
        prompt, _MOST_NEW_TOKENS, stops=lambda token: token < len(Special) or b"\n" in file.piece(token)
    )
    kept = [token for token in answer.tokens if token >= len(Special)]
    text = file.detokenize(kept).decode("utf-8", "replace").partition("\n")[0]
    target = [*file.tokenize(case.target), int(Special.END)]
    return Completion(case, text, math.exp(min(answer.log_probabilities)), file.loss_of(prompt, target), len(target))


def prompt_tokens(file: LlamaFile, case: LineCase) -> list[int]:
    """Return the prompt that the product would send with no other file open."""
    line_start = case.text.rfind("\n", 0, case.start) + 1
    head = case.text[max(0, line_start - _PREFIX_TOKENS * _CHARACTERS_PER_TOKEN) : line_start]
    suffix = case.text[case.end : case.end + _SUFFIX_TOKENS * _CHARACTERS_PER_TOKEN]
    name = PurePosixPath(case.path).name
    pieces: list[Piece] = [*context_pieces(name, []), *contiguous_spm(head, case.text[line_start : case.start], suffix)]
    tokens: list[int] = []
    for piece in pieces:
        if isinstance(piece, Special):
            tokens.append(int(piece))
        elif piece is suffix:
            tokens += file.tokenize(piece)[:_SUFFIX_TOKENS]
        else:
            tokens += file.tokenize(piece)[-_PREFIX_TOKENS:]
    return tokens


def score(completions: Iterable[Completion]) -> Score:
    """Return the figures of some completions."""
    found = list(completions)
    loss = sum(one.target_loss for one in found)
    return Score(
        cases=len(found),
        exact_match=sum(one.exact for one in found) / max(1, len(found)),
        loss_per_token=loss / max(1, sum(one.target_tokens for one in found)),
        loss_per_character=loss / max(1, sum(len(one.case.target) for one in found)),
    )


def precision_at(completions: Sequence[Completion], share: float) -> tuple[float, float]:
    """Return how many of the surest share are exact, and the least probability among them."""
    surest = sorted((one for one in completions if one.text.strip()), key=lambda one: -one.least_probability)
    shown = surest[: max(1, round(share * len(completions)))]
    return sum(one.exact for one in shown) / max(1, len(shown)), shown[-1].least_probability if shown else 0.0
