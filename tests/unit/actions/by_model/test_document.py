"""Documentation has the project's style and says what the signature says; the model only gives the sentences (L5)."""

from __future__ import annotations

from typing import Any

import pytest

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.doc_style import style_of
from pylot.actions.by_model.task import Answer, Around
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from tests.support.code_places import FileTree, offer_at, offers_at, place_in, plan_at, text_after

FUNCTION = """def load(path: str, *names, limit: int = 0) -> list[str]:
    ‸if not path:
        raise ValueError("no path")
    return []
"""
WORDS: dict[str, Any] = {
    "summary": "Return the names that a file holds",
    "parameters": {"path": "Where the file is.", "*names": "Which of them.", "limit": "How many.", "evil": "No."},
    "returns": "The names, in order.",
    "raises": {"ValueError": "There is no path."},
}
HEAD = "def load(path: str, *names, limit: int = 0) -> list[str]:\n"
TAIL = '    if not path:\n        raise ValueError("no path")\n    return []\n'

GOOGLE = f'''{HEAD}    """Return the names that a file holds.

    Args:
        path: Where the file is.
        *names: Which of them.
        limit: How many.

    Returns:
        The names, in order.

    Raises:
        ValueError: There is no path.
    """
{TAIL}'''
NUMPY = f'''{HEAD}    """Return the names that a file holds.

    Parameters
    ----------
    path : str
        Where the file is.
    *names
        Which of them.
    limit : int
        How many.

    Returns
    -------
    list[str]
        The names, in order.

    Raises
    ------
    ValueError
        There is no path.
    """
{TAIL}'''
SPHINX = f'''{HEAD}    """Return the names that a file holds.

    :param path: Where the file is.
    :param names: Which of them.
    :param limit: How many.
    :returns: The names, in order.
    :raises ValueError: There is no path.
    """
{TAIL}'''
PLAIN = f'{HEAD}    """Return the names that a file holds."""\n{TAIL}'

SAMPLES = {
    "google": 'def a():\n    """Do.\n\n    Args:\n        b: c\n    """\n',
    "numpy": 'def a():\n    """Do.\n\n    Parameters\n    ----------\n    b\n    """\n',
    "sphinx": 'def a():\n    """Do.\n\n    :param b: c\n    """\n',
    "plain": 'def a():\n    """Do."""\n\n' * 5,
}


@pytest.mark.parametrize(
    ("style", "expected"), [("google", GOOGLE), ("numpy", NUMPY), ("sphinx", SPHINX), ("plain", PLAIN)]
)
@pytest.mark.parametrize("where", ["file", "neighbour"])
def test_docstrings_have_the_style_of_the_file_or_its_neighbours(style: str, expected: str, where: str) -> None:
    sample = SAMPLES[style] + "\n" if where == "file" else ""
    project = FileTree("p/a.py", {"p/b.py": SAMPLES[style], "p/c.md": SAMPLES["google"]})
    place = place_in(sample + FUNCTION, path="p/a.py")

    assert text_after(place, plan_at(place, "document", Answer(value=WORDS), Around(project))) == sample + expected


def test_where_no_docstring_shows_a_style_it_is_googles() -> None:
    assert style_of("python", ["x = 1\n"]) == "google"


OTHERS = [
    ("javascript", "export function f(a, b = 1) {\n  ‸throw new TypeError('x');\n}\n",
     {"summary": "Add things", "parameters": {"a": "The first.", "b": "The second */ one."},
      "raises": {"TypeError": "Always."}},
     ("/**\n * Add things.\n *\n * @param a - The first.\n * @param b - The second * / one.\n"
     " * @throws {TypeError} Always.\n */\nexport function f(a, b = 1) {\n  throw new TypeError('x');\n}\n")),
    ("typescript", "class A {\n  f(a?: number): string {\n    ‸return String(a);\n  }\n}\n",
     {"summary": "Spell a number.", "parameters": {"a": "The number."}, "returns": "Its spelling."},
     ("class A {\n  /**\n   * Spell a number.\n   *\n   * @param a - The number.\n   * @returns Its spelling.\n   */\n"
     "  f(a?: number): string {\n    return String(a);\n  }\n}\n")),
    ("go", "package a\n\nfunc Add(a, b int) int {\n\t‸return a + b\n}\n", {"summary": "Returns the sum"},
     "package a\n\n// Add returns the sum.\nfunc Add(a, b int) int {\n\treturn a + b\n}\n"),
    ("rust", "#[inline]\nfn f(a: i32) -> Result<i32, E> {\n    ‸g(a)\n}\n",
     {"summary": "Try a", "returns": "When a is odd"},
     ("/// Try a.\n///\n/// # Errors\n///\n/// When a is odd.\n#[inline]\nfn f(a: i32) -> Result<i32, E> {\n"
     "    g(a)\n}\n")),
    ("java", "class A {\n    int f(int a) {\n        ‸throw new X();\n    }\n}\n",
     {"summary": "Does a", "parameters": {"a": "the a"}, "returns": "an int", "raises": {"X": "always"}},
     ("class A {\n    /**\n     * Does a.\n     *\n     * @param a the a\n     * @return an int\n"
     "     * @throws X always\n"
     "     */\n    int f(int a) {\n        throw new X();\n    }\n}\n")),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "words", "expected"), OTHERS, ids=[case[0] for case in OTHERS])
def test_each_language_has_its_own_comment(language: str, text: str, words: dict[str, Any], expected: str) -> None:
    place = place_in(text, language)

    assert text_after(place, plan_at(place, "document", Answer(value=words))) == expected


def test_a_docstring_that_is_there_is_replaced_and_hostile_sentences_stay_sentences() -> None:
    place = place_in('def f(a):\n    """Old."""\n    ‸return 1\n')
    words = {"summary": 'Ends """ here\nimport os \\n', "parameters": {"a": '"'}, "returns": "One"}

    after = text_after(place, plan_at(place, "document", Answer(value=words)))

    assert offer_at(place, "document").title == "Rewrite the documentation of f"
    assert after == (
        'def f(a):\n    r"""Ends \'\'\' here import os \\n.\n\n    Args:\n        a: "\n\n'
        '    Returns:\n        One\n    """\n    return 1\n'
    )


def test_the_model_is_asked_for_what_the_signature_has_and_no_more() -> None:
    place = place_in(FUNCTION)
    ask = TASKS["document"].ask(place, offer_at(place, "document"), Around())

    assert ask.schema is not None
    assert set(ask.schema["properties"]) == {"summary", "parameters", "returns", "raises"}
    assert set(ask.schema["properties"]["parameters"]["required"]) == {"path", "*names", "limit"}


def test_self_is_no_parameter_and_nested_functions_raise_for_themselves() -> None:
    text = "class A:\n    def f(self, a):\n        ‸def g():\n            raise KeyError\n        return g\n"
    place = place_in(text.replace("‸def g", "x = ‸a\n        def g"))
    ask = TASKS["document"].ask(place, offer_at(place, "document"), Around())

    assert ask.schema is not None
    assert ask.schema["properties"]["parameters"]["required"] == ["a"]
    assert "raises" not in ask.schema["properties"]


def test_a_body_on_the_line_of_its_function_has_no_room() -> None:
    with pytest.raises(ActionRefusedError):
        plan_at(place_in("def f(): ‸return 1\n"), "document", Answer(value={"summary": "x"}))


def test_a_missing_summary_is_an_error() -> None:
    with pytest.raises(ModelAnswerError):
        plan_at(place_in(FUNCTION), "document", Answer(value={}))


OVERVIEWS = [
    ("python", "#!/usr/bin/env python\n‸import os\n", "# Overview\n\nReads files\n\nThen *writes* them.",
     '#!/usr/bin/env python\n"""Overview.\n\nReads files\n\nThen *writes* them.\n"""\n\nimport os\n'),
    ("python", "‸import os\n", '```python\n"""Reads files."""\n```', '"""Reads files."""\n\nimport os\n'),
    ("go", "‸package a\n", "Package a reads files.", "// Package a reads files.\npackage a\n"),
    ("rust", "‸use a;\n", "Reads files.", "//! Reads files.\n\nuse a;\n"),
    ("typescript", "‸import a from 'a';\n", "Reads */ files.", "/**\n * Reads * / files.\n */\n\nimport a from 'a';\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "answer", "expected"), OVERVIEWS)
def test_an_overview_stands_at_the_head(language: str, text: str, answer: str, expected: str) -> None:
    place = place_in(text, language)

    assert text_after(place, plan_at(place, "document-module", answer)) == expected


@pytest.mark.parametrize("text", ['‸"""Reads."""\n', "import os\nimport re\nimport ‸sys\n", "‸"])
def test_an_overview_is_offered_once_and_at_the_head(text: str) -> None:
    assert "document-module" not in {each.id for each in offers_at(place_in(text))}


# The lines of a comment, the code below it, and the lines of its tags once it is written anew.
KNOWN = [
    (
        "javascript",
        ["Old.", "@template T", "@param {Map<string, {a: T}>} m  old", "  words", "@param {number} [n=1]",
         "@param {string} gone", "@returns {Promise<T>} old", "@throws {Error}", "@deprecated", "@example", "  f(1)"],
        "async function f(m, n = 1) { return‸ m; }",
        ["@param {Map<string, {a: T}>} m - M.", "@param {number} [n=1] - N.", "@returns {Promise<T>} It.",
         "@template T", "@deprecated", "@example", "  f(1)"],
    ),
    (
        "javascript",
        ["@param {object} props", "@param {string} props.a the a", "  of it"],
        "function f({ a }) {‸}",
        ["@param {object} props - Options.", "@param {string} props.a the a", "  of it"],
    ),
    ("javascript", ["@returns {Promise<void>}"], "async function f() {‸}", ["@returns {Promise<void>}"]),
    ("javascript", ["@returns {number}"], "function f(m) {‸}", ["@param m - M."]),
    ("javascript", ["@param {{a: 1} m", "@param"], "function f() {‸}", ["@param {{a: 1} m", "@param"]),
    (
        "typescript",
        ["@param {string} m old", "@param {number} o.x the x", "@returns {string} old", "@internal"],
        "function f(m: number): number { return‸ m; }",
        ["@param m - M.", "@returns It.", "@internal"],
    ),
    (
        "java",
        ["@since 1", "@param <T> a type", "@param m old"],
        "class A {\n/**/\n<T> void f(int m) {‸}\n}",
        ["@param m M.", "@since 1", "@param <T> a type"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("language", "comment", "code", "expected"), KNOWN)
def test_what_only_the_comment_knows_is_kept(language: str, comment: list[str], code: str, expected: list[str]) -> None:
    """Types in JavaScript, which has them nowhere else, and the author's own tags; TypeScript has types in code."""
    block = "\n * ".join(["/**", *comment]) + "\n */\n"
    text = code.replace("/**/\n", block) if "/**/" in code else block + code
    place = place_in(text, language)
    words = {"summary": "Do it", "parameters": {"m": "M.", "n": "N.", "options": "Options."}, "returns": "It."}
    after = text_after(place, plan_at(place, "document", Answer(value=words)))
    written = after[after.index("/**") : after.index("*/")].splitlines()[3:-1]

    assert [line.strip().removeprefix("* ") for line in written] == expected
