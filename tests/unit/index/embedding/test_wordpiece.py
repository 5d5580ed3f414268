"""Texts are cut as the reference implementation cuts them (C4)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pylot.index.embedding.boxed import FOLDER, VOCABULARY_FILE, is_boxed_embedder_here
from pylot.index.embedding.wordpiece import WordPiece

REFERENCE = json.loads((Path(__file__).parents[3] / "golden/index/wordpiece.json").read_text(encoding="utf-8"))
PIECES = ["[UNK]", "[CLS]", "[SEP]", "read", "##config", "##s", "(", ")", "_", "e", "日"]


def pieces(text: str, most: int = 256) -> str:
    tokens = WordPiece(PIECES).tokens(text, most)
    assert (PIECES[tokens[0]], PIECES[tokens[-1]]) == ("[CLS]", "[SEP]")
    return " ".join(PIECES[token] for token in tokens[1:-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("readConfig(É)", "read ##config ( e )"),
        ("read_READS", "read _ read ##s"),
        ("reader", "[UNK]"),
        ("re\x00a\u200bd", "read"),
        ("日日", "日 日"),
        ("[CLS]", "[UNK] [UNK] [UNK]"),
        ("read" * 26, "[UNK]"),
    ],
)
def test_words_are_cut_into_the_longest_known_pieces(text: str, expected: str) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize("most", [2, 3, 5, 256])
def test_what_is_too_long_is_cut_and_closed(most: int) -> None:
    assert pieces("reads " * 1000, most).split() == (["read", "##s"] * 128)[: most - 2]


@pytest.mark.skipif(not is_boxed_embedder_here(), reason="`make embedder` has not been run")
@pytest.mark.parametrize("entry", REFERENCE, ids=lambda entry: repr(entry["text"][:20]))
def test_as_the_tokenizers_library_does_with_the_vocabulary_in_the_box(entry: dict[str, object]) -> None:
    """`tests/golden/index/wordpiece.json` holds what tokenizers 0.23 makes of these texts."""
    vocabulary = (FOLDER / VOCABULARY_FILE).read_text(encoding="utf-8").rstrip("\n").split("\n")

    assert WordPiece(vocabulary).tokens(str(entry["text"]), 256) == entry["tokens"]
