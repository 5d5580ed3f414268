"""Questions with known answers, made of the Python code that is installed here (L3).

A function's docstring asks for the function without it; a name with one more identifier of the body asks for the same.
Questions are split by package into those that weights are fitted on and those that are reported.
"""

from __future__ import annotations

import ast
import itertools
import random
import re
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pylot.syntax.identifiers import identifiers

N_FUNCTIONS = 6000
N_DOCSTRINGS = 1500
N_NAMES = 600

_LARGEST_FILE = 1 << 20
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n\s*\n")
_FEWEST_WORDS, _MOST_CHARACTERS = 4, 300


@dataclass(frozen=True, slots=True)
class Function:
    """A documented function: its code without the docstring, and the docstring's first sentence."""

    path: str
    symbol: str
    kind: str
    line: int
    text: str
    sentence: str

    @property
    def name(self) -> str:
        """The name without what it is defined in."""
        return self.symbol.rpartition(".")[2]

    @property
    def is_for_fitting(self) -> bool:
        """Whether its package is among the third that weights are fitted on."""
        package = self.path.partition("/")[0]
        return sha256(package.encode()).digest()[0] % 3 == 0


def functions(limit: int = N_FUNCTIONS) -> list[Function]:
    """Return documented functions of the standard library and the installed packages, each sentence once."""
    found = list(_different())
    return random.Random(6).sample(found, min(limit, len(found)))


def first_functions(limit: int) -> list[Function]:
    """Return documented functions without reading all that is installed."""
    return list(itertools.islice(_different(), limit))


def name_question(function: Function) -> str | None:
    """Return a function's name and one identifier of its body, or None where the body has no other."""
    names = sorted(identifiers(function.text, "python") - {function.name})
    names = [name for name in names if len(name) > 3]
    return f"{function.name} {random.Random(function.text).choice(names)}" if names else None


def _different() -> Iterator[Function]:
    """Yield functions whose text and whose sentence no other has before them."""
    texts: set[str] = set()
    sentences: set[str] = set()
    for path, code in _sources():
        for function in _documented(path, code):
            is_new = function.text not in texts and function.sentence.lower() not in sentences
            texts.add(function.text)
            sentences.add(function.sentence.lower())
            if is_new:
                yield function


def _sources() -> Iterator[tuple[str, str]]:
    paths = sysconfig.get_paths()
    for folder, excluded in ((paths["stdlib"], "site-packages"), (paths["purelib"], "")):
        for path in sorted(Path(folder).rglob("*.py")):
            inner = path.relative_to(folder)
            if (excluded and inner.parts[0] == excluded) or {"test", "tests", "_vendor"} & set(inner.parts):
                continue
            if path.stat().st_size <= _LARGEST_FILE:
                yield inner.as_posix(), path.read_text(encoding="utf-8", errors="replace")


def _documented(path: str, code: str) -> Iterator[Function]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return
    yield from _below(tree, "", path, code.splitlines(keepends=True))


def _below(node: ast.AST, outer: str, path: str, lines: list[str]) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _below(child, f"{outer}{child.name}.", path, lines)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            sentence = _first_sentence(ast.get_docstring(child) or "")
            text = _without_docstring(child, lines)
            if sentence and text:
                kind = "method" if outer else "function"
                yield Function(path, f"{outer}{child.name}", kind, child.lineno - 1, text, sentence)


def _first_sentence(doc: str) -> str:
    sentence = " ".join(_SENTENCE_END.split(doc.strip(), maxsplit=1)[0].split())
    fits = len(sentence.split()) >= _FEWEST_WORDS and len(sentence) <= _MOST_CHARACTERS
    return sentence if fits and sentence.isascii() else ""


def _without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> str:
    """Return a function's code; an empty string where the docstring is all there is."""
    doc, end = node.body[0], node.end_lineno or node.lineno
    if len(node.body) < 2 or doc.lineno == node.lineno:
        return ""
    return "".join(lines[node.lineno - 1 : doc.lineno - 1] + lines[doc.end_lineno or doc.lineno : end])
