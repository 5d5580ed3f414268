"""Models to measure speed with have a real vocabulary and write lines of words."""

from __future__ import annotations

from pathlib import Path

import gguf

from tests.support.full_size_gguf import Size, write_full_size_gguf, written_tokens
from tests.support.gguf_vocabulary import Vocabulary, read_vocabulary
from tests.support.random_gguf import SHIPPED_MODEL, shipped_vocabulary


def test_a_vocabulary_is_read_as_the_library_reads_it() -> None:
    tokens, types, merges = shipped_vocabulary()

    assert read_vocabulary(SHIPPED_MODEL) == Vocabulary(list(tokens), list(types), list(merges))


def test_only_words_and_ends_of_lines_are_written() -> None:
    """Issue 5: without something to show, nothing can be said of suggestions."""
    vocabulary = read_vocabulary(SHIPPED_MODEL)
    written = [vocabulary.tokens[token] for token in written_tokens(vocabulary)]
    ends = [text for text in written if not text.strip("Ċ")]

    assert len(written) == 11 * len(ends) > 0
    assert all(text.isalpha() and text.islower() for text in written if text not in ends)


def test_a_model_without_one_has_as_many_random_tokens(tmp_path: Path) -> None:
    size = Size(n_layers=1, width=64, feed_forward=128, heads=2, kv_heads=1, n_vocab=5_000)
    fields = gguf.GGUFReader(write_full_size_gguf(tmp_path / "random.gguf", size, "Q8_0")).fields

    assert len(set(fields["tokenizer.ggml.tokens"].contents())) == size.n_vocab
