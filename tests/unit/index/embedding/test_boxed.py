"""The embedder in the box, as it is shipped (C4)."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pylot.index.embedding import byte_products
from pylot.index.embedding.boxed import FOLDER, MODEL_FILE, VOCABULARY_FILE, BoxedEmbedder, is_boxed_embedder_here
from pylot.kernel.errors import ModelError, ModelFileError
from setup.embedder import boxing
from setup.embedder.onnx_file import INT8, Graph

UINT8, INT32 = 2, 6
needs_the_files = pytest.mark.skipif(not is_boxed_embedder_here(), reason="`make embedder` has not been run")

RETRY = "class RetryPolicy:\n    max_attempts = 3\n    backoff_seconds = 0.5\n"
PARSE = "def parse_json(text):\n    return json.loads(text)\n"
COLOUR = ".button { background: red; border-radius: 4px }\n"


@pytest.fixture(scope="module")
def embedder() -> BoxedEmbedder:
    return BoxedEmbedder()


@needs_the_files
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how often do we try again after a failure", RETRY),
        ("where is text turned into objects", PARSE),
        ("what does a click target look like", COLOUR),
    ],
)
def test_a_question_is_nearest_to_its_answer(embedder: BoxedEmbedder, question: str, answer: str) -> None:
    texts = [RETRY, PARSE, COLOUR]
    vectors = embedder.embed(texts, file="a.py")

    assert texts[int(np.argmax(vectors @ embedder.embed_query(question)))] == answer


@needs_the_files
def test_a_text_has_the_same_vector_in_any_company(embedder: BoxedEmbedder) -> None:
    alone = embedder.embed([RETRY], file="a.py")
    among = embedder.embed([PARSE * 50, RETRY, ""], file="a.py")

    assert among.shape == (3, embedder.dimensions)
    assert among.dtype == np.float32
    assert np.array_equal(alone[0], among[1])
    assert np.linalg.norm(among, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


@needs_the_files
def test_a_long_text_counts_for_its_first_256_tokens(embedder: BoxedEmbedder) -> None:
    one, two = embedder.embed(["word " * 254 + tail for tail in ("", "other " * 5000)], file="a.py")

    assert np.array_equal(one, two)


@needs_the_files
def test_nothing_and_no_text_at_all_have_their_place(embedder: BoxedEmbedder) -> None:
    assert embedder.embed([], file="a.py").shape == (0, embedder.dimensions)
    assert np.isfinite(embedder.embed_query("\x00")).all()


def test_products_of_bytes_are_compared_by_the_graph_that_is_meant() -> None:
    graph = Graph("products")
    factors = [graph.takes("unsigned", UINT8, ["m", "k"]), graph.takes("signed", INT8, ["k", "n"])]
    graph.node("MatMulInteger", factors, "sums")
    graph.gives("sums", INT32, ["m", "n"])

    assert graph.to_bytes({}) == byte_products.GRAPH


class RoundingSession:
    """A session on a processor that adds up two products in 16 bits; `precise` ones do not."""

    def __init__(self, precise: bool) -> None:
        self._most = 255 * 127 if precise else (1 << 15) / 2

    def run(self, _: None, factors: dict[str, np.ndarray]) -> list[np.ndarray]:
        products = factors["unsigned"][:, :, None].astype(int) * factors["signed"][None].astype(int)
        return [np.minimum(products, self._most).sum(axis=1)]


@pytest.mark.parametrize("is_exact", [True, False])
def test_a_processor_that_cuts_off_sums_of_products_is_known(is_exact: bool) -> None:
    """Only there the slower, exact way is taken: it takes nearly twice as long."""
    library = SimpleNamespace(
        SessionOptions=SimpleNamespace, InferenceSession=lambda *_, providers: RoundingSession(is_exact)
    )

    assert byte_products.are_exact(library) is is_exact


@needs_the_files
@pytest.mark.parametrize(("is_exact", "asked"), [(True, None), (False, "1")])
def test_the_exact_way_is_taken_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, embedder: BoxedEmbedder, is_exact: bool, asked: str | None
) -> None:
    """Vectors are the same on every processor, so that indexes and caches may move."""
    onnxruntime: Any = importlib.import_module("onnxruntime")
    monkeypatch.setattr(byte_products, "are_exact", lambda _: is_exact)
    options: list[Any] = []
    real = onnxruntime.InferenceSession

    def session(content: bytes, chosen: Any, **more: object) -> object:
        options.append(chosen)
        return real(content, chosen, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    vectors = BoxedEmbedder().embed([RETRY, PARSE], file="a.py")

    assert [entry_of(each, "session.x64quantprecision") for each in options] == [asked]
    assert np.array_equal(vectors, embedder.embed([RETRY, PARSE], file="a.py"))


def entry_of(options: Any, key: str) -> str | None:
    try:
        return str(options.get_session_config_entry(key))
    except RuntimeError:
        return None


@needs_the_files
def test_the_files_are_those_that_setup_makes() -> None:
    """What the worker loads has one name and one content on every machine."""
    made = {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in (MODEL_FILE, VOCABULARY_FILE)}

    assert (FOLDER / "README.md").is_file()
    assert (FOLDER / "LICENSE").is_file()
    assert made == boxing.FILES


@pytest.mark.parametrize("damage", ["missing", "no model", "empty model", "half a model", "no vocabulary", "no words"])
def test_a_damaged_embedder_is_one_sentence(tmp_path: Path, damage: str) -> None:
    """What is missing is said with the next step; search goes by words alone (A7)."""
    if damage != "missing":
        content = (FOLDER / MODEL_FILE).read_bytes() if is_boxed_embedder_here() else b"\x08\x08"
        (tmp_path / MODEL_FILE).write_bytes({"empty model": b"", "half a model": content[:-5000]}.get(damage, content))
        (tmp_path / VOCABULARY_FILE).write_text("" if damage == "no words" else "[CLS]\n[SEP]\n[UNK]\n")
    if damage in ("no model", "no vocabulary"):
        (tmp_path / (MODEL_FILE if damage == "no model" else VOCABULARY_FILE)).unlink()

    with pytest.raises(ModelFileError, match=r"^The embedder in the box is missing or damaged: .*`make embedder`.*\.$"):
        BoxedEmbedder(tmp_path)


@needs_the_files
def test_without_the_library_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    shutil.copy(FOLDER / VOCABULARY_FILE, tmp_path)

    with pytest.raises(ModelError, match=r"^onnxruntime is not installed, .*pylot\[index\]"):
        BoxedEmbedder(tmp_path)
