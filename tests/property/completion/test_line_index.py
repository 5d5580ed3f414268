"""After any edits the index of lines answers as a search through every file would (issue 4)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.completion.flat_text import flatten
from pylot.completion.line_index import LineIndex

LINES = st.sampled_from(["", "}", "alpha_one()", "beta_two(x)", "  gamma = alpha_one(delta)", "\tgamma = alpha_one(x)"])
TEXTS = st.lists(LINES, max_size=8).map("\n".join)
EDITS = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | TEXTS), max_size=40)


def shares_a_line(text: str, before: str) -> bool:
    """Whether the last whole line with text of `before`, or the beginning of a long one after it, is in `text`."""
    *above, typed = before.split("\n")
    lines = [line.rstrip() for line in flatten(text).split("\n") if line.strip()]
    last = next((line.rstrip() for line in reversed(above) if line.strip()), "")
    same_line = len(last) >= 6 and last in lines
    return same_line or (len(typed) >= 12 and any(len(it) > 12 and it.startswith(typed[:12]) for it in lines))


@settings(deadline=None, derandomize=True, database=None)
@given(EDITS, TEXTS)
def test_the_index_finds_what_a_search_finds(edits: list[tuple[str, str | None]], place: str) -> None:
    index, texts = LineIndex(), dict[str, str]()
    for path, text in edits:
        if text is None:
            index.remove(path)
            texts.pop(path, None)
        else:
            index.put(path, text)
            texts[path] = text
    before = flatten("\n" + place)

    assert set(index.paths_like(before)) == {path for path, text in texts.items() if shares_a_line(text, before)}
    assert {file.path: file.flat for file in index.files_like(before, lambda _path: True)} == {
        path: flatten(text) for path, text in texts.items() if shares_a_line(text, before)
    }
