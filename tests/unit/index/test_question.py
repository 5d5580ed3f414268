"""How a question is put decides what is compared (L3)."""

from __future__ import annotations

import pytest

from pylot.index.question import Form, form_of, searched_words

FORMS = {
    "getUserName": Form.CODE,
    "retry": Form.CODE,
    "http.client.send": Form.CODE,
    "std::vector push": Form.CODE,
    "where is parse_header called": Form.PROSE,
    "HTTPServer shutdown": Form.CODE,
    "open(": Form.CODE,
    "@cached property": Form.CODE,
    "retry policy": Form.KEYWORDS,
    "close open file": Form.KEYWORDS,
    "where are retries configured": Form.PROSE,
    "Read a file. Close it.": Form.PROSE,
    "how long does fetchAll wait for a response": Form.PROSE,
    "": Form.CODE,
}
WORDS = {
    "where are retries configured": ["retr", "configur"],
    "getUserName": ["get", "user", "name", "getusername"],
    "is it": ["is", "it"],
    "for": ["for"],
    "?!": [],
}


@pytest.mark.parametrize(("text", "form"), FORMS.items())
def test_the_form_of_a_question_is_seen(text: str, form: Form) -> None:
    assert form_of(text) is form


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_words_that_say_nothing_are_left_out_where_others_are_left(text: str, words: list[str]) -> None:
    assert searched_words(text, form_of(text)) == words
