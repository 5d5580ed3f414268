"""Code is found in whatever a model wraps it in (K4, T11 of agent-techniques)."""

from __future__ import annotations

import pytest

from pylot.actions.by_model.answers import code_pieces, dedented, indented, only_code, read_blocks, refuse_hidden
from pylot.actions.edit_ladder import SearchReplace
from pylot.kernel.errors import ModelAnswerError

PIECES = [
    ("a = 1", ["a = 1"]),
    ("```python\na = 1\n```", ["a = 1"]),
    ("Sure!\n\n```py\na = 1\n```\nThis sets a.\n", ["a = 1"]),
    ("```\na\n```\nand\n~~~js\nb\n~~~", ["a", "b"]),
    ("  ```python\n  a = 1\n  ```", ["  a = 1"]),
    ("```python\na = 1\nb = 2", ["a = 1\nb = 2"]),
    ("````md\n```\na\n```\n````", ["```\na\n```"]),
    ("<think>use ```x```</think>\n\n```\na\n```", ["a"]),
    ("```python\r\na = 1\r\n```", ["a = 1"]),
    ("```python\n```\n", []),
    ("", []),
]


@pytest.mark.parametrize(("answer", "pieces"), PIECES)
def test_code_is_found(answer: str, pieces: list[str]) -> None:
    assert code_pieces(answer) == pieces


def test_an_empty_answer_is_an_error() -> None:
    with pytest.raises(ModelAnswerError):
        only_code("  \n")


BLOCKS = [
    ("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE", [("a\n", "b\n")]),
    ("x\n```\n<<<<<<< SEARCH\na\n=======\n>>>>>>> REPLACE\n```", [("a\n", "")]),
    ("<<<<<\na\n=====\nb\n>>>>>\n<<<<<\nc\n=====\nd\n>>>>>\n", [("a\n", "b\n"), ("c\n", "d\n")]),
    ("<<<<<<< SEARCH\na\n=======\nb\n", []),
    ("a << 1 == 2 >> 3", []),
]


@pytest.mark.parametrize(("answer", "blocks"), BLOCKS)
def test_blocks_are_read(answer: str, blocks: list[tuple[str, str]]) -> None:
    assert read_blocks(answer) == [SearchReplace(*block) for block in blocks]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("\n    a\n\n      b\n", "a\n\n  b"),
        ("\ta\n\t\tb", "a\n\tb"),
        ("    a\n\tb", "a\nb"),
        ("a\n  b  ", "a\n  b"),
        ("", ""),
    ],
)
def test_indentation_is_taken_off(code: str, expected: str) -> None:
    assert dedented(code) == expected
    assert dedented(indented(expected, "\t")) == expected


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b[31m", "\u2066", "\U000e0041", "\x00"])
def test_code_that_hides_something_is_refused(hidden: str) -> None:
    with pytest.raises(ModelAnswerError, match="cannot be seen"):
        refuse_hidden("a = 1\n", f"a = 1\nb = '{hidden}'\n")
    refuse_hidden(f"a = '{hidden}'\n", f"b = '{hidden}'\n")
