"""How well search finds what is asked for: `make eval-search`, or `python -m tests.bench.search_quality`.

A function's docstring asks for the function, and so does its name with one more identifier (`search_cases.py`).
Everything goes the product's own way: chunks in LanceDB, the embedder in the box, `Search`. On the same functions stand
LanceDB's text search as it comes, and Pylot's without an embedder. Weights are fitted (`--fit`) on a third of the
packages; the others are reported, and compared with the record in the tree.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import mean, quantiles

import numpy as np

from pylot.index.chunk_rows import ChunkRow, embedding_text, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.index.embedding.boxed import BoxedEmbedder
from pylot.index.embedding.cache import EmbeddingCache
from pylot.index.fusion import fuse
from pylot.index.lance import loaded_lancedb
from pylot.index.question import Form, Question, form_of, names_in, searched_words
from pylot.index.search import Search
from pylot.index.words import plain_name
from pylot.storage.directories import find_directories
from pylot.syntax.chunks import Chunk
from tests.bench.search_cases import N_DOCSTRINGS, N_FUNCTIONS, N_NAMES, Function, functions, name_question

RECORD = Path(__file__).with_name("search_quality.json")
MOST_LOST = 0.01
_DEPTH = 10
_FILES_AT_ONCE = 100
_WEIGHTS = [step / 10 for step in range(11)]

Asked = Sequence[tuple[str, int]]
"""Questions, each with the number of the function that answers it."""
Ask = Callable[[str], list[int]]
"""Returns the numbers of the ten functions that answer a question best."""


class Corpus:
    """Functions in a store, with their vectors."""

    def __init__(self, found: Sequence[Function], folder: Path) -> None:
        self.functions = found
        self.rows = [_row(function) for function in found]
        self.numbers = {row.id: number for number, row in enumerate(self.rows)}
        self._places = {(row.path, row.symbol, row.start_line): number for number, row in enumerate(self.rows)}
        store = ChunkStore.open(folder / "chunks")
        if store is None:
            raise SystemExit("LanceDB is not installed.")
        self.store = store
        self.embedder = BoxedEmbedder()
        self._fill()
        self.plain = loaded_lancedb().connect(str(folder / "plain")).create_table(
            "texts", [{"number": number, "text": row.text} for number, row in enumerate(self.rows)]
        )  # fmt: skip
        self.plain.create_index("text", config=loaded_lancedb().index.FTS())

    def questions(self, *, fitting: bool) -> dict[str, Asked]:
        """Return questions about the packages for fitting, or about the others."""
        numbers = [n for n, function in enumerate(self.functions) if function.is_for_fitting is fitting]
        named = [(question, n) for n in numbers if (question := name_question(self.functions[n]))]
        sentences = [(self.functions[n].sentence, n) for n in numbers]
        return {"docstring": sentences[:N_DOCSTRINGS], "name and identifier": named[:N_NAMES]}

    def contenders(self) -> dict[str, Ask]:
        """Return who is asked."""
        return {
            "lancedb": self._ask_plain,
            "pylot, words alone": lambda text: self._ask(Search(self.store), text),
            "pylot": lambda text: self._ask(Search(self.store, self.embedder), text),
        }

    def _fill(self) -> None:
        by_path: dict[str, list[ChunkRow]] = defaultdict(list)
        for row in self.rows:
            by_path[row.path].append(row)
        paths = list(by_path)
        for start in range(0, len(paths), _FILES_AT_ONCE):
            self.store.replace({path: by_path[path] for path in paths[start : start + _FILES_AT_ONCE]})
        self.store.set_vectors(self.embedder.model_id, self.rows, self._vectors())
        self.store.maintain(idle=True)

    def _vectors(self) -> np.ndarray:
        cache = EmbeddingCache(find_directories().cache / "eval-search")
        model, texts = self.embedder.model_id, [embedding_text(row) for row in self.rows]
        known = cache.get(model, texts)
        unknown = [text for text in texts if text not in known]
        for start in range(0, len(unknown), _FILES_AT_ONCE):
            some = unknown[start : start + _FILES_AT_ONCE]
            print(f"embedding: {start} of {len(unknown)}", file=sys.stderr)
            vectors = self.embedder.embed(some, file="")
            cache.put(model, some, vectors)
            known |= dict(zip(some, vectors, strict=True))
        return np.stack([known[text] for text in texts])

    def _ask(self, search: Search, text: str) -> list[int]:
        # Each function stands for itself here, so none is left out for standing in the same file as others.
        hits = search.find(Question(text, _DEPTH, per_file=_DEPTH)).hits
        return [self._places[hit.path, hit.symbol, hit.start_line] for hit in hits]

    def _ask_plain(self, text: str) -> list[int]:
        found = self.plain.search(text, query_type="fts").select(["number", "_score"]).limit(_DEPTH).to_list()
        return [int(one["number"]) for one in found]


def measure(corpus: Corpus) -> dict[str, float]:
    """Return MRR@10 and recall@10 of each contender for each kind of question, and how long answers took."""
    figures: dict[str, float] = {}
    for kind, asked in corpus.questions(fitting=False).items():
        for name, ask in corpus.contenders().items():
            times, ranks = [], []
            for text, wanted in asked:
                began = time.perf_counter()
                found = ask(text)
                times.append((time.perf_counter() - began) * 1000)
                ranks.append(found.index(wanted) + 1 if wanted in found else 0)
            figures[f"{name}: {kind}, MRR@10"] = round(mean(1 / rank if rank else 0.0 for rank in ranks), 4)
            figures[f"{name}: {kind}, recall@10"] = round(mean(rank > 0 for rank in ranks), 4)
            figures[f"{name}: {kind}, p95 ms"] = round(quantiles(times, n=20)[18], 1)
    return figures


def fit(corpus: Corpus) -> None:
    """Print MRR@10 for each weight of the words, by the form of the question, on the packages for fitting."""
    reached: dict[Form, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for asked in corpus.questions(fitting=True).values():
        for text, wanted in asked:
            form = form_of(text)
            lexical = corpus.store.lexical(searched_words(text, form), 100)
            nearest = corpus.store.nearest(corpus.embedder.model_id, corpus.embedder.embed_query(text), 100)
            names = set(map(plain_name, names_in(text))) if form is Form.CODE else set()
            for weight in _WEIGHTS:
                scores = fuse(lexical, {one.id: one.score for one in nearest}, weight, names)
                best = [corpus.numbers[one] for one in list(scores)[:_DEPTH]]
                reached[form][weight].append(1 / (best.index(wanted) + 1) if wanted in best else 0.0)
    for form, by_weight in reached.items():
        figures = "  ".join(f"{weight}: {mean(ranks):.3f}" for weight, ranks in by_weight.items())
        print(f"{form.name:<9} {len(by_weight[0.0]):5} questions  {figures}")


def losses(figures: dict[str, float], record: dict[str, float]) -> list[str]:
    """Return what has become worse than the record by more than a hundredth."""
    return [
        f"{name} fell from {record[name]} to {value}"
        for name, value in figures.items()
        if name.startswith("pylot") and name in record and value < record[name] - MOST_LOST
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how well search finds what is asked for.")
    parser.add_argument("--fit", action="store_true", help="print what each weight reaches, on other packages")
    parser.add_argument("--record", action="store_true", help="write the figures into the record")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = functions(N_FUNCTIONS)
        corpus = Corpus(found, Path(folder))
        if arguments.fit:
            fit(corpus)
            return 0
        figures = measure(corpus)
    print(json.dumps(figures, indent=2))
    content = sha256("".join(function.text for function in found).encode()).hexdigest()[:16]
    if arguments.record:
        # Times are another machine's.
        lasting = {name: value for name, value in figures.items() if "p95" not in name}
        record = {"python": platform.python_version(), "functions": len(found), "content": content, "figures": lasting}
        RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    kept = json.loads(RECORD.read_text(encoding="utf-8"))
    if kept["content"] != content:
        print("The record is about other functions (another Python, other packages): nothing to compare.")
        return 0
    worse = losses(figures, kept["figures"])
    print("\n".join(worse) or "As good as the record.")
    return 1 if worse else 0


def _row(function: Function) -> ChunkRow:
    end = function.line + function.text.count("\n")
    return rows_of(function.path, "python", [Chunk(function.line, end, function.symbol, function.kind, function.text)])[
        0
    ]


if __name__ == "__main__":
    sys.exit(main())
