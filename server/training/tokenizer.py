"""The byte-level BPE tokenizer: Qwen2's pre-tokenizer, so that llama.cpp cuts text at the same places.

There is no normaliser, because llama.cpp has none.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from training.data.documents import Document
from training.specials import SPELLINGS, Special

_QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LONGEST_TOKEN = 24
_SAMPLE_CHARACTERS = 40_000_000


class CodeTokenizer:
    """Text to ids and back; ids of `Special` are put in by number and never come from text."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # Text that spells a special token is text: the added tokens are not looked for in it.
        tokenizer.encode_special_tokens = True

    @classmethod
    def from_file(cls, path: Path) -> CodeTokenizer:
        """Read a trained tokenizer."""
        return cls(Tokenizer.from_file(str(path)))

    @property
    def vocabulary_size(self) -> int:
        """The number of ids, special ones included."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text by itself."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids, special tokens spelled out; half characters become U+FFFD."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=False))


def train_tokenizer(documents: Iterable[Document], vocabulary_size: int, seed: int, path: Path) -> CodeTokenizer:
    """Train on a random sample of the documents and write `tokenizer.json`; the same documents give the same file."""
    tokenizer = _around(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=_added_tokens(),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=_LONGEST_TOKEN,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_sample(documents, seed), trainer)
    tokenizer.save(str(path))
    return CodeTokenizer(tokenizer)


def tokenizer_of(ids: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    """Return the tokenizer that a vocabulary describes, as `tokenizer.json` would hold it."""
    tokenizer = _around(models.BPE(vocab=ids, merges=merges))
    tokenizer.add_special_tokens(_added_tokens())
    return tokenizer


def _around(model: models.BPE) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN2_PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _added_tokens() -> list[AddedToken]:
    return [AddedToken(SPELLINGS[special], special=True, normalized=False) for special in Special]


def _sample(documents: Iterable[Document], seed: int) -> Iterator[str]:
    texts = [document.text for document in documents]
    random.Random(seed).shuffle(texts)
    n_characters = 0
    for text in texts:
        n_characters += len(text)
        if n_characters > _SAMPLE_CHARACTERS:
            return
        yield text
