"""Files are cut into pieces that are worth finding (L3)."""

from __future__ import annotations

from pylot.syntax.chunks import LARGEST_CHUNK, Chunk, chunks_of
from pylot.syntax.symbols import read_symbols

FILLER = "    value = compute(value, 'some longer argument')\n"
CODE = f'''\
import os

# What it does
# is said here.
def small():
    return os.name


class Small:
    size = 1

    def grow(self):
        self.size += 1


class Large:
    """A class."""

    size = 1

    def one(self):
        return 1

    def long(self):
{"    " + FILLER * 1}
{"".join("    " + FILLER for _ in range(40))}
    tail = 2


small()
'''


def cut(text: str, language: str = "python") -> list[Chunk]:
    return chunks_of(text, read_symbols(text, language).definitions)


def test_chunks_follow_the_definitions() -> None:
    found = [(chunk.symbol, chunk.kind) for chunk in cut(CODE)]

    assert list(dict.fromkeys(found)) == [
        ("", "text"),
        ("small", "function"),
        ("Small", "class"),
        ("Small.grow", "method"),
        ("Large", "class"),
        ("Large.one", "method"),
        ("Large.long", "method"),
    ]


def test_comments_above_a_definition_belong_to_it() -> None:
    small = next(chunk for chunk in cut(CODE) if chunk.symbol == "small")

    assert small == Chunk(2, 5, "small", "function", "\n".join(CODE.split("\n")[2:6]))


def test_every_line_with_words_is_in_a_chunk_that_is_not_too_long() -> None:
    for text in (CODE, FILLER * 200, "x" * 10_000, "a\n" * 3000, "\n\n", ""):
        chunks = cut(text)
        covered = {line for chunk in chunks for line in range(chunk.start_line, chunk.end_line + 1)}

        assert {at for at, line in enumerate(text.split("\n")) if any(map(str.isalnum, line))} <= covered
        assert all(len(chunk.text) <= LARGEST_CHUNK for chunk in chunks)


def test_text_without_a_grammar_is_cut_by_lines() -> None:
    chunks = cut("some words in a line\n\n" * 200, "plaintext")

    assert {chunk.kind for chunk in chunks} == {"text"}
    assert len(chunks) == 3
