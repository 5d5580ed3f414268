"""An edit of a model is made in the one place that it can mean, or not at all (T11 of agent-techniques, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.edit_check import checked, narrowed, text_digest
from pylot.actions.edit_ladder import SearchReplace, plan_replacement, plan_replacements
from pylot.actions.edits import TextEdit, applied
from pylot.kernel.errors import ActionRefusedError, EditMismatchError

DONE = [
    ("exact", "a = 1\nb = 2\n", "b = 2", "b = 3", "a = 1\nb = 3\n"),
    ("exact, within a line", "f(a, b)\n", "a, b", "b, a", "f(b, a)\n"),
    ("delete", "a\nb\nc\n", "b\n", "", "a\nc\n"),
    ("into an empty file", "", "", "a\n", "a\n"),
    ("spaces at ends of lines", "a  \nb\t\nc\n", "a\nb\n", "x\n", "x\nc\n"),
    ("spaces at ends of the search", "a\nb\nc\n", "a \nb  ", "x", "x\nc\n"),
    ("deleted, tolerant", "a \nb\nc\n", "a\nb\n", "", "c\n"),
    ("line endings", "a\r\nb\r\nc\r\n", "a\nb\n", "x\ny\n", "x\r\ny\r\nc\r\n"),
    ("line endings of a replacement", "a\r\nb\r\n", "a", "x\ny", "x\r\ny\r\nb\r\n"),
    ("line endings, other way", "a\nb\nc\n", "a\r\nb\r\n", "x\r\ny\r\n", "x\ny\nc\n"),
    ("no break at the end", "a\nb ", "a \nb", "c\nd", "c\nd"),
    ("indented more", "if a:\n    b\n    c\n", "b\nc\n", "d\nif e:\n    f\n", "if a:\n    d\n    if e:\n        f\n"),
    ("indented less", "a\nb\n", "    a\n    b\n", "    c\n", "c\n"),
    ("indented by tabs", "{\n\tb\n\tc\n}\n", "b\nc", "d\n\ne", "{\n\td\n\n\te\n}\n"),
    ("one line without its indentation", "if a:\n    b\n", "b", "c\nd", "if a:\n    c\n    d\n"),
    ("one line, rest indented", "if a:\n    b\n", "b", "c\n    d", "if a:\n    c\n    d\n"),
    ("escaped too often", 'print("a")\nx\n', 'print(\\"a\\")', 'print(\\"b\\")', 'print("b")\nx\n'),
    ("line breaks escaped", "a\nb\nc\n", "a\\nb", "x\\ny", "x\ny\nc\n"),
    ("escaped and indented", '    f("a")\n    g\n', 'f(\\"a\\")\ng\n', "h\n", "    h\n"),
    ("backslashes that belong there", 'f("\\n")\n', '"\\n"', '"\\t"', 'f("\\t")\n'),
    ("beyond the first plane", "😀 = 1\nb\n", "b", "𝒳", "😀 = 1\n𝒳\n"),
]

REFUSED = [
    ("twice", "a\nb\na\n", "a\n", "c\n", "two places", "the lines 1, 3."),
    ("twice, overlapping", "aaa\n", "aa", "b", "two places", "the lines 1, 1."),
    ("twice, tolerant", "a \nb\na\t\nb\n", "a\nb", "c", "two places", "the lines 1, 3."),
    ("twice, indented", "  x\n  y\n    x\n    y\n", "\tx\n\ty", "z", "no place", "Nearest are the lines from"),
    ("nowhere", "a\nb\n", "qqqqqq", "c", "no place", "nothing like it"),
    ("a line differs", "def f():\n    a = 1\n    return a\n", "def f():\n    a = 2\n    return a\n", "", "no place",
     "in line 2, column 9:\nsearched:     a = 2\nthere is:     a = 1"),
    ("a similar line", "total_value = compute(1)\n", "total_value = computed(2)", "", "no place",
     "in line 1, column 22:"),
    ("uneven indentation", "if a:\n  b\n    c\n", "b\nc", "d", "no place", "Nearest are the lines from 2"),
    ("done already", "a = 2\n", "a = 1", "a = 2", "no place", "done already"),
    ("beyond the end", "a\nb\n", "b\n\nc\n", "d", "no place", "Nearest are the lines from 2"),
    ("empty", "a\n", " \n", "b", "does not say", "is empty"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "search", "replace", "expected"), [case[1:] for case in DONE], ids=[c[0] for c in DONE]
)
def test_an_edit_is_made_where_it_fits(text: str, search: str, replace: str, expected: str) -> None:
    assert applied(text, [plan_replacement(text, search, replace)]) == expected


@pytest.mark.parametrize(
    ("text", "search", "replace", "sentence", "report"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_fits_nowhere_or_twice_is_refused_with_a_report(
    text: str, search: str, replace: str, sentence: str, report: str
) -> None:
    with pytest.raises(EditMismatchError) as caught:
        plan_replacement(text, search, replace)

    assert sentence in caught.value.sentence
    assert report in caught.value.report


def test_long_and_repetitive_texts_take_no_longer() -> None:
    """Nobody waits for a million places, or for lines of a megabyte to be compared."""
    with pytest.raises(EditMismatchError, match="several places") as caught:
        plan_replacement("a" * 1_000_000, "a", "b")
    assert "and more" in caught.value.report
    with pytest.raises(EditMismatchError, match="no place"):
        plan_replacement(f"{'ab' * 500_000}\nc\n", "ac" * 100_000, "")


def test_several_edits_are_looked_for_in_the_text_as_it_is() -> None:
    edits = plan_replacements("a\nb\nc\n", [SearchReplace("c\n", "a\n"), SearchReplace("a\n", "c\n")])

    assert applied("a\nb\nc\n", edits) == "c\nb\na\n"


@pytest.mark.parametrize("blocks", [[("a\nb\n", "x\n"), ("b\nc\n", "y\n")], [("a", "x"), ("a", "y")]])
def test_edits_of_one_place_are_refused(blocks: list[tuple[str, str]]) -> None:
    with pytest.raises(EditMismatchError, match="same place"):
        plan_replacements("a\nb\nc\n", [SearchReplace(*block) for block in blocks])


def test_only_the_offered_range_is_searched() -> None:
    text = "a\nb\na\n"

    assert plan_replacements(text, [SearchReplace("a", "x")], within=(2, 6)) == (TextEdit(4, 5, "x"),)
    with pytest.raises(EditMismatchError, match="no place"):
        plan_replacements(text, [SearchReplace("b", "x")], within=(0, 2))


CHECKED = [
    ("def f():\n    return 1\n", [TextEdit(20, 21, "2")], "def f():\n    return 2\n"),
    ("def f(:\n", [TextEdit(4, 5, "g")], "def g(:\n"),
    ("a = ?\n", [TextEdit(0, 1, "b")], "b = ?\n"),
]
BROKEN = [
    ("def f():\n    return 1\n", [TextEdit(9, 21, "")], "line 2"),
    ("def f():\n    return 1\n", [TextEdit(20, 21, "(")], "line 1"),
    ("a = 1\n", [TextEdit(4, 5, "1\n  b = 2")], "line 2"),
]


@pytest.mark.parametrize(("text", "edits", "expected"), CHECKED)
def test_an_edit_that_breaks_nothing_passes(text: str, edits: list[TextEdit], expected: str) -> None:
    assert checked(text, edits, "python", digest=text_digest(text)) == expected


@pytest.mark.parametrize(("text", "edits", "line"), BROKEN)
def test_an_edit_that_breaks_the_syntax_is_refused(text: str, edits: list[TextEdit], line: str) -> None:
    with pytest.raises(ActionRefusedError, match=line):
        checked(text, edits, "python")


def test_an_edit_of_another_version_or_of_another_place_is_refused() -> None:
    with pytest.raises(ActionRefusedError, match="has changed"):
        checked("a = 1\n", [], "python", digest=text_digest("a = 2\n"))
    with pytest.raises(ActionRefusedError, match="beyond"):
        checked("a = 1\nb = 1\n", [TextEdit(4, 7, "2")], "python", within=(0, 6))


@pytest.mark.parametrize(
    ("before", "after", "edit"),
    [
        ("a\n", "a\n", None),
        ("a\nb\nc\n", "a\nx\nc\n", TextEdit(2, 3, "x")),
        ("a\r\nb\r\n", "a\r\nx\r\n", TextEdit(3, 4, "x")),
        ("a\nc\n", "a\nb\nc\n", TextEdit(2, 2, "b\n")),
        ("ab", "abc", TextEdit(0, 2, "abc")),
        ("a\na\na\n", "a\na\n", TextEdit(4, 6, "")),
        ("", "a", TextEdit(0, 0, "a")),
    ],
)
def test_what_two_texts_share_is_left_alone(before: str, after: str, edit: TextEdit | None) -> None:
    assert narrowed(before, after) == edit
