"""A prompt that an answer has become a part of keeps the answer's own tokens (issue 5)."""

from __future__ import annotations

import pytest

from pylot.engine.answer_tokens import AnswerTokens

ANSWER = [(10, b"os"), (11, b"."), (12, b"listdir"), (13, b"(\xe2\x82"), (14, b"\xac"), (15, b")")]


@pytest.fixture
def tokens() -> AnswerTokens:
    made = AnswerTokens()
    made.remember("x = ", [1, 2], ANSWER)
    return made


@pytest.mark.parametrize(
    ("text", "known", "rest"),
    [
        ("x = os.listdir(€)", [1, 2, 10, 11, 12, 13, 14, 15], ""),
        ("x = os.listdir(€)[0]", [1, 2, 10, 11, 12, 13, 14, 15], "[0]"),
        ("x = os.listdir", [1, 2, 10, 11, 12], ""),
        ("x = os.list", [1, 2, 10, 11], "list"),
        ("x = osx", [], "x = osx"),
        ("x = os", [1, 2, 10], ""),
        ("x = os.listdir_all", [1, 2, 10, 11], "listdir_all"),
        ("x = os.listdir(¥", [1, 2, 10, 11, 12], "(¥"),
        ("x = ", [], "x = "),
        ("y = os", [], "y = os"),
        ("", [], ""),
    ],
)
def test_as_far_as_the_text_is_the_answer(tokens: AnswerTokens, text: str, known: list[int], rest: str) -> None:
    assert tokens.find(text) == (known, rest)


def test_the_longest_of_several_answers(tokens: AnswerTokens) -> None:
    tokens.remember("x = os.", [7], [(8, b"path"), (9, b".join")])
    tokens.remember("x = ", [1, 2], [(20, b"None")])

    assert tokens.find("x = os.path.join(") == ([7, 8, 9], "(")
    assert tokens.find("x = os.listdir") == ([1, 2, 10, 11, 12], "")
    assert tokens.find("x = None") == ([1, 2, 20], "")
