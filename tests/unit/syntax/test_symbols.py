"""What symbols are read from texts that are no good code, and what a missing grammar takes away (L3, T12)."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time

import pytest
from tree_sitter import Query

from pylot.syntax import symbol_query as queries
from pylot.syntax.grammars import INDEXED_LANGUAGES, indexed_grammar
from pylot.syntax.symbols import FileSymbols, read_symbols, symbols_of_tree
from pylot.syntax.tree import LARGEST_TEXT, parse
from tests.support.child_environment import SERVER

LOOPS = """
import tree_sitter, tree_sitter_language_pack
from pylot.syntax.parse_limit import ending_process_after
with ending_process_after(0.2):
    tree_sitter.Parser(tree_sitter_language_pack.get_language("cobol")).parse(b"x = 1\\n")
"""


@pytest.mark.parametrize("language", INDEXED_LANGUAGES)
def test_every_query_fits_its_grammar(language: str) -> None:
    known = indexed_grammar(language)
    assert known is not None

    assert Query(known, "\n".join(queries.query_texts(language))).pattern_count > 0
    assert read_symbols("", language) == FileSymbols(language, "parsed")


@pytest.mark.parametrize(
    ("language", "text", "state"),
    [
        ("cobol", "x", "no grammar"),
        ("python", "x" * (LARGEST_TEXT + 1), "too large"),
        ("python", "é" * (LARGEST_TEXT // 2 + 1), "too large"),
    ],
)
def test_the_state_says_why_there_are_no_symbols(language: str, text: str, state: str) -> None:
    assert read_symbols(text, language) == FileSymbols(language, state)  # type: ignore[arg-type]


def test_no_symbols_when_the_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "thread_time", itertools.count(step=9).__next__)

    assert read_symbols("x = [\n" * 5000, "python").state == "too slow"


def test_a_grammar_that_is_missing_takes_only_its_language_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_language_pack", None)
    indexed_grammar.cache_clear()
    queries.symbol_query.cache_clear()

    states = [read_symbols("fun f() {}", language).state for language in ("kotlin", "python")]

    indexed_grammar.cache_clear()
    queries.symbol_query.cache_clear()
    assert states == ["no grammar", "parsed"]


def test_a_query_that_does_not_fit_its_grammar_takes_only_its_language_away(monkeypatch: pytest.MonkeyPatch) -> None:
    queries.symbol_query.cache_clear()
    monkeypatch.setattr(queries, "query_texts", lambda language: ["(no_such_node) @name"])

    state = read_symbols("x = 1", "python").state

    queries.symbol_query.cache_clear()
    assert state == "no grammar"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_places_count_lines_and_code_points_as_an_editor_does(ending: str) -> None:
    text = ending.join(["x = '😀é'; y = 1", "# \ud800", "def f(): return y"])
    tree = parse("python", text)
    assert tree is not None

    for symbols in (read_symbols(text, "python"), symbols_of_tree(tree)):
        assert [(one.name, one.name_line, one.name_column) for one in symbols.definitions] == [
            ("x", 0, 0), ("y", 0, 10), ("f", 2, 4),
        ]  # fmt: skip
        assert [(one.name, one.line, one.column) for one in symbols.references] == [("y", 2, 16)]


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ('x = "a.b()", b"""c.d"""  # os.e()', []),
        ("""x = f"a.b {c.d(f'{e.f} os.g')!r:>{os.h}} os.i" ; os.j""", ["c.d()", "e.f", "os", "os.h", "os", "os.j"]),
        ("x = 1.e5, 0x1F, 1_0.j, .5e3, 1..real, ...", ["real"]),
        ("x = os.path.join(a)().b", ["os", "os.path", "os.path.join()", "b"]),
        ("x = f().g, None.a, (b).c, 'd'.e, f[0].h", ["f()", "f.g", "a", "c", "e", "h"]),
        ("if(a): pass\nassert(b), not(c)", []),
        ("match(a):\n    case b(): pass\nx = match(c)", ["b()", "match()"]),
        ("x = é.ß(ñ.x)", ["é.ß()", "ñ.x"]),
        ("a.\nos.", ["os"]),
    ],
)
def test_uses_in_python_are_words_of_code_that_others_could_mean(code: str, uses: list[str]) -> None:
    """L3: what stands in a text or a comment is no use, code inside a text holds some."""
    found = [one for one in read_symbols("import os\n" + code + "\n", "python").references if one.line > 0]

    assert [f"{one.receiver}.{one.name}".lstrip(".") + "()" * one.is_call for one in found] == uses


def test_exports_and_imports_keep_the_order_of_the_text() -> None:
    names = [f"n{number}" for number in range(40)]
    symbols = read_symbols(
        "__all__ = []; " + "; ".join(f"import {one}; __all__ += ['{one}']" for one in names), "python"
    )

    assert symbols.exports == tuple(names)
    assert [one.module for one in symbols.imports] == names


def test_what_python_functions_assign_is_local_but_for_the_members_of_self() -> None:
    text = """\
def f():
    a = 1
    class C:
        b = 2
        def g(self):
            self.c = d = 3
            myself.e = 4
            f, self.g.h = 5, 6
    i = 7
j = 8
"""
    names = [one.qualified for one in read_symbols(text, "python").definitions]

    assert names == ["f", "f.C", "f.C.b", "f.C.g", "f.C.c", "j"]


def test_a_parse_that_never_returns_ends_its_process() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SERVER)}
    ended = subprocess.run([sys.executable, "-c", LOOPS], capture_output=True, timeout=60, check=False, env=environment)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "from" + " " * 200_000 + "a"),
        ("python", "from " + "." * 200_000 + "\\\n"),
        ("python", "import a" + ".b" * 100_000),
        ("typescript", "export class A {" + " " * 200_000 + "}"),
        ("typescript", "import {" + "\n" * 200_000 + "} from"),
        ("javascript", "const a" + " " * 200_000 + " = require('a' )"),
        ("php", "<?php use" + " " * 200_000 + "A\\B;"),
        ("java", "import a" + ".a" * 100_000 + ";"),
        ("javascript", "a" + ".b" * 100_000),
        ("html", "<p id='x'>a</p>\n" * 5_000),
        ("rust", "use " + "{a::" * 500 + "b" + "}" * 500 + ";"),
        ("cpp", "namespace a {" * 2_000),
        ("go", "// a\n" * 20_000 + "func f() {}"),
    ],
)
def test_texts_that_are_made_to_be_slow_do_not_hang(language: str, text: str) -> None:
    """T12: where reading took quadratic time, each of these would take minutes."""
    assert read_symbols(text, language).state == "parsed"
