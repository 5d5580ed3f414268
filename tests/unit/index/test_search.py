"""Questions are answered with places, reasons and scores (L3, F5)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from pylot.index.chunk_rows import Filters, embedding_text, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.index.question import Form, Question
from pylot.index.search import Place, Search
from pylot.index.word_store import WordStore
from pylot.index.words import asked_words
from pylot.kernel.errors import ModelError
from pylot.syntax.chunks import chunks_of
from pylot.syntax.symbols import read_symbols

RETRY = """\
class Client:
    def send(self, request):
        for attempt in range(self.retries):
            self.connection.write(request)

    def close(self):
        self.connection.shutdown()

    def reopen(self):
        self.connection = connect()
"""
FILES = {
    "http/client.py": RETRY,
    "http/settings.py": "def read_settings(path):\n    return {'retries': 3, 'timeout': 10}\n",
    "paint.py": "def draw_circle(canvas, radius):\n    canvas.arc(0, 0, radius)\n",
    "users.py": "def send_mail(user):\n    close = user.close\n    close()\n    close()\n    return close\n",
}


class HashEmbedder:
    """Give texts that share words vectors that are near; `error` is raised instead."""

    model_id = "hashes"

    def __init__(self, error: ModelError | None = None) -> None:
        self.error = error

    def embed_query(self, text: str) -> np.ndarray:
        if self.error:
            raise self.error
        vector = np.full(64, 0.01, np.float32)
        for word in asked_words(text):
            vector[hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture(params=["lance", "lexical"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ChunkStore | WordStore:
    rows = {
        path: rows_of(path, "python", chunks_of(text, read_symbols(text, "python").definitions))
        for path, text in FILES.items()
    }
    if request.param == "lexical":
        found: ChunkStore | WordStore = WordStore.open(tmp_path / "words.db")
    else:
        opened = ChunkStore.open(tmp_path / "chunks")
        if opened is None:
            pytest.skip("LanceDB is not installed")
        found = opened
    found.replace(rows)
    every = [row for of_file in rows.values() for row in of_file]
    vectors = np.stack([HashEmbedder().embed_query(embedding_text(row)) for row in every])
    found.set_vectors(HashEmbedder.model_id, every, vectors)
    return found


FIRST = {
    "where are the settings read": "read_settings",
    "draw a circle": "draw_circle",
    "Client.close": "Client",
    "close": "Client",
    "sendMail": "send_mail",
    "read settings": "read_settings",
}


@pytest.mark.parametrize(("text", "symbol"), FIRST.items())
def test_the_best_answer_comes_first(store: ChunkStore | WordStore, text: str, symbol: str) -> None:
    answer = Search(store, HashEmbedder()).find(Question(text))

    assert answer.hits[0].symbol.startswith(symbol)
    assert answer.notes == ()


def test_a_hit_says_where_and_why(store: ChunkStore | WordStore) -> None:
    (hit,) = Search(store).find(Question("drawCircle", limit=1)).hits

    assert (hit.path, hit.start_line, hit.end_line, hit.kind) == ("paint.py", 0, 1, "function")
    assert (hit.excerpt.start_line, hit.excerpt.text) == (0, FILES["paint.py"].rstrip())
    assert hit.reason == "is named draw_circle; has draw, circle, drawcircle"
    assert 0 < hit.score <= 1


def test_a_file_has_at_most_two_hits_unless_more_are_wanted(store: ChunkStore | WordStore) -> None:
    search = Search(store, HashEmbedder())
    some = search.find(Question("connection", filters=Filters(paths=("http/",)), per_file=1))

    assert [hit.path for hit in some.hits] == ["http/client.py"] + ["http/settings.py"] * (len(some.hits) - 1)


def test_without_its_embedder_search_goes_by_words_and_says_so(store: ChunkStore | WordStore) -> None:
    search = Search(store, HashEmbedder(ModelError("The model is gone.")))

    answer = search.find(Question("where are the settings read"))

    assert answer.hits[0].symbol == "read_settings"
    assert answer.form is Form.PROSE
    assert answer.notes == ("Only words were compared, because the embedder cannot be used now: The model is gone.",)


def test_a_selection_finds_what_is_like_it_elsewhere(store: ChunkStore | WordStore) -> None:
    selection = "for n in range(3):\n    client.connection.write(request)\n"
    search = Search(store, HashEmbedder())

    assert search.similar(Question(selection)).hits[0].path == "http/client.py"
    elsewhere = search.similar(Question(selection), Place("http/client.py", 0, 99))
    assert "http/client.py" not in [hit.path for hit in elsewhere.hits]


@pytest.mark.parametrize(
    "text", ["", "   ", "?!", '"', "\0", "a" * 100_000, "some word " * 10_000, "' OR 1=1 --", "NEAR(a b)", "*"]
)
def test_any_question_has_an_answer(store: ChunkStore | WordStore, text: str) -> None:
    answer = Search(store, HashEmbedder()).find(Question(text))

    assert len(answer.hits) <= 10
