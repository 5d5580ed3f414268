"""Lexical search compares parts of names (L3)."""

from __future__ import annotations

import pytest

from pylot.index.words import document_words, stem, words_of

SPLIT = {
    "getUserName": ["get", "user", "name", "getusername"],
    "get_user_name": ["get", "user", "name", "getusername"],
    "HTTPServer2": ["http", "server", "2", "httpserver2"],
    "parseJSON(x)": ["parse", "json", "parsejson", "x"],
    "__init__": ["init"],
    "MAX_SIZE": ["max", "size", "maxsize"],
    "naïve über_wert": ["naïve", "über", "wert", "überwert"],
    "検索する": ["検索", "索す", "する"],
    "f" * 41: [],
    "": [],
}


@pytest.mark.parametrize(("text", "words"), SPLIT.items())
def test_names_are_split_into_their_parts(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_name_counts_more_than_its_text() -> None:
    words = document_words("src/http/retry.py", "Client.send_all", "pass")

    assert words == f"{'send all sendall ' * 3}client retry retr pass"


STEMS = {"retries": "retr", "retry": "retr", "running": "run", "caches": "cach", "cache": "cach", "class": "class"}


@pytest.mark.parametrize(("word", "expected"), STEMS.items())
def test_forms_of_a_word_have_one_stem(word: str, expected: str) -> None:
    assert stem(word) == expected
