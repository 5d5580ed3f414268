"""The cells of open notebooks, in order: what stands around a cell when a suggestion is made in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pylot.completion.values import CompletionAnswer, CompletionRequest
from pylot.text.store import DocumentStore, Snapshot
from pylot.text.uris import path_of

# Cells are read as one text with a blank line between them, as they would stand in a script.
_BETWEEN = "\n\n"


@dataclass(slots=True)
class _Notebook:
    path: str
    cells: list[str]


class Notebooks:
    """Join each cell with the cells of its language before and after it; other documents stay as they are."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._notebooks: dict[str, _Notebook] = {}
        self._of_cell: dict[str, _Notebook] = {}

    def open(self, uri: str, cells: Sequence[str]) -> None:
        """Take a notebook and the URIs of its cells, in order."""
        self._notebooks[uri] = _Notebook(path_of(uri), [])
        self.splice(uri, 0, 0, cells)

    def splice(self, uri: str, start: int, n_deleted: int, cells: Sequence[str]) -> None:
        """Replace cells of an open notebook, as LSP's `NotebookCellArrayChange` says."""
        notebook = self._notebooks.get(uri)
        if notebook is None:
            return
        for cell in notebook.cells[start : start + n_deleted]:
            self._of_cell.pop(cell, None)
        notebook.cells[start : start + n_deleted] = cells
        # A cell that is moved is deleted in one change and inserted in another.
        self._of_cell.update(dict.fromkeys(notebook.cells, notebook))

    def close(self, uri: str) -> None:
        """Let go of a notebook."""
        notebook = self._notebooks.pop(uri, None)
        for cell in notebook.cells if notebook else ():
            self._of_cell.pop(cell, None)

    def path(self, snapshot: Snapshot) -> str:
        """Return the file that a document is in: a cell is in its notebook's."""
        notebook = self._of_cell.get(snapshot.uri)
        return notebook.path if notebook else snapshot.path

    def share(self, uri: str, other: str) -> bool:
        """Whether two documents are cells of one notebook."""
        notebook = self._of_cell.get(uri)
        return notebook is not None and self._of_cell.get(other) is notebook

    def text(self, snapshot: Snapshot) -> str:
        """Return a document's text, a cell's with the cells around it."""
        before, after = self._around(snapshot.uri, snapshot.language)
        return before + snapshot.content.text + after

    def widen(self, request: CompletionRequest) -> tuple[CompletionRequest, int]:
        """Return a request with the cells around its own, and how far its offsets have moved."""
        notebook = self._of_cell.get(request.uri)
        snapshot = self._documents.get(request.uri)
        if notebook is None or snapshot is None:
            return request, 0
        before, after = self._around(request.uri, snapshot.language)
        shift, selected = len(before), request.selected
        if selected is not None:
            selected = replace(selected, start=selected.start + shift, end=selected.end + shift)
        text = before + request.text + after
        return replace(request, path=notebook.path, text=text, offset=request.offset + shift, selected=selected), shift

    def _around(self, uri: str, language: str) -> tuple[str, str]:
        notebook = self._of_cell.get(uri)
        if notebook is None:
            return "", ""
        place = notebook.cells.index(uri)
        before, after = (
            self._texts(notebook.cells[:place], language),
            self._texts(notebook.cells[place + 1 :], language),
        )
        return "".join(text + _BETWEEN for text in before), "".join(_BETWEEN + text for text in after)

    def _texts(self, cells: Sequence[str], language: str) -> list[str]:
        snapshots = [self._documents.get(cell) for cell in cells]
        return [it.content.text for it in snapshots if it is not None and it.in_sync and it.language == language]


def narrow(answer: CompletionAnswer, shift: int) -> CompletionAnswer:
    """Return an answer to a widened request in the offsets of the cell itself."""
    if shift == 0:
        return answer
    moved = [replace(it, start=it.start - shift, end=it.end - shift) for it in answer.suggestions]
    return replace(answer, suggestions=tuple(it for it in moved if it.start >= 0))
