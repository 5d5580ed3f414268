"""The tokenizer as llama.cpp needs it, read from `tokenizer.json` or from a GGUF file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.failure import TrainingError
from training.specials import SPELLINGS
from training.tokenizer import tokenizer_of

_N_BYTES = 256


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens by id, and merges as pairs joined by a space, most frequent first."""

    tokens: tuple[str, ...]
    merges: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.merges) != len(self.tokens) - len(SPELLINGS) - _N_BYTES:
            raise TrainingError("The vocabulary is not one that this recipe makes: merges and tokens do not match.")
        if self.tokens[: len(SPELLINGS)] != tuple(SPELLINGS.values()):
            raise TrainingError(
                "The vocabulary is not one that this recipe makes: special tokens are not at their ids."
            )


def read_vocabulary(path: Path) -> Vocabulary:
    """Return the vocabulary of a `tokenizer.json`."""
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["model"]
    by_id = {number: token for token, number in values["vocab"].items()}
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in values["merges"]]
    return Vocabulary(tuple(by_id[number] for number in range(len(by_id))), tuple(merges))


def write_tokenizer(vocabulary: Vocabulary, path: Path) -> None:
    """Write the `tokenizer.json` that gives the same tokens as the vocabulary."""
    ids = {token: number for number, token in enumerate(vocabulary.tokens)}
    merges = [(left, right) for left, _, right in (merge.partition(" ") for merge in vocabulary.merges)]
    tokenizer_of(ids, merges).save(str(path))
