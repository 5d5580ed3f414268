"""Cells in order are what a suggestion in one of them goes by."""

from __future__ import annotations

from pylot.app.notebooks import Notebooks, narrow
from pylot.completion.values import CompletionAnswer, CompletionRequest, SelectedCompletion, Suggestion
from pylot.kernel.clock import SystemClock
from pylot.text.store import DocumentStore

URI = "file:///work.ipynb"


def notebook(*cells: tuple[str, str, str]) -> tuple[DocumentStore, Notebooks]:
    """Open cells given by name, language and text."""
    documents = DocumentStore(SystemClock())
    notebooks = Notebooks(documents)
    notebooks.open(URI, [name for name, _, _ in cells])
    for name, language, text in cells:
        documents.open(name, language, 1, text)
    return documents, notebooks


def request(uri: str, text: str, offset: int) -> CompletionRequest:
    return CompletionRequest(uri, "", "python", 1, text, offset, selected=SelectedCompletion(0, 1, "b"))


THREE = (
    ("one", "python", "a = 1"),
    ("text", "markdown", "# Title"),
    ("two", "python", "b = "),
    ("three", "python", "c"),
)


def test_a_cell_is_read_with_those_of_its_language_around_it() -> None:
    _, notebooks = notebook(*THREE)
    wide, shift = notebooks.widen(request("two", "b = ", 4))

    assert (wide.path, wide.text, wide.offset) == ("/work.ipynb", "a = 1\n\nb = \n\nc", 11)
    assert wide.selected == SelectedCompletion(7, 8, "b")
    assert shift == 7


def test_an_answer_comes_back_in_the_cells_offsets() -> None:
    inside = Suggestion("s-1", "2", 11, 11, "model", 1.0)
    before = Suggestion("s-2", "2", 3, 11, "model", 1.0)
    answer = narrow(CompletionAnswer("t-1", (inside, before)), 7)

    assert [(it.id, it.start, it.end) for it in answer.suggestions] == [("s-1", 4, 4)]


def test_cells_move_come_and_go() -> None:
    documents, notebooks = notebook(*THREE)
    notebooks.splice(URI, 0, 1, [])
    notebooks.splice(URI, 2, 0, ["one"])
    documents.open("new", "python", 1, "d")
    notebooks.splice(URI, 3, 0, ["new"])
    snapshot = documents.get("two")

    assert snapshot is not None
    assert notebooks.text(snapshot) == "b = \n\na = 1\n\nd\n\nc"
    assert notebooks.path(snapshot) == "/work.ipynb"
    assert notebooks.share("two", "one")

    notebooks.close(URI)
    notebooks.splice(URI, 0, 0, ["two"])

    assert notebooks.text(snapshot) == "b = "
    assert notebooks.path(snapshot) == ""
    assert not notebooks.share("two", "one")


def test_other_documents_stay_as_they_are() -> None:
    documents, notebooks = notebook()
    documents.open("file:///a.py", "python", 1, "x")
    asked = request("file:///a.py", "x", 1)

    assert notebooks.widen(asked) == (asked, 0)
