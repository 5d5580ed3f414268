"""The laws of edits by search and replace, over texts nobody would write (T11 of agent-techniques)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pylot.actions.edit_check import narrowed
from pylot.actions.edit_ladder import SearchReplace, plan_replacement, plan_replacements
from pylot.actions.edits import applied
from pylot.kernel.errors import EditMismatchError

PIECES = ["a", "b ", "  c", "\t", "\n", "\r\n", "\\n", '\\"', "é", "😀", "", "    "]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(text=TEXTS, search=TEXTS, replace=TEXTS)
def test_an_edit_lies_in_the_text_or_says_why_not(text: str, search: str, replace: str) -> None:
    try:
        edit = plan_replacement(text, search, replace)
    except EditMismatchError as error:
        assert error.sentence
        assert error.report
    else:
        assert 0 <= edit.start <= edit.end <= len(text)


@given(before=TEXTS, search=TEXTS.filter(str.strip), after=TEXTS, replace=TEXTS)
def test_what_stands_there_once_is_replaced_there_or_refused(
    before: str, search: str, after: str, replace: str
) -> None:
    text = before + search + after
    is_once = text.find(search) == text.rfind(search)
    try:
        edit = plan_replacement(text, search, replace)
    except EditMismatchError:
        assert not is_once
    else:
        assert is_once
        assert (edit.start, edit.end) == (len(before), len(before) + len(search))


@given(
    text=TEXTS, blocks=st.lists(st.tuples(TEXTS, TEXTS), max_size=3), bounds=st.tuples(st.integers(0), st.integers(0))
)
def test_no_edit_leaves_its_range(text: str, blocks: list[tuple[str, str]], bounds: tuple[int, int]) -> None:
    start, end = sorted(bound % (len(text) + 1) for bound in bounds)
    try:
        edits = plan_replacements(text, [SearchReplace(*block) for block in blocks], within=(start, end))
    except EditMismatchError:
        return
    after = applied(text, edits)
    assert after.startswith(text[:start])
    assert after.endswith(text[end:])


@given(before=TEXTS, after=TEXTS)
def test_a_narrowed_edit_makes_the_other_text(before: str, after: str) -> None:
    edit = narrowed(before, after)

    assert (applied(before, [edit]) if edit else before) == after
