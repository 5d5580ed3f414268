"""Notebooks through the protocol (LSP 3.18, "Notebook Document Synchronization")."""

from __future__ import annotations

from tests.support.editor import Editor, Home
from tests.support.stdio_client import JsonObject

NOTEBOOK = "file:///project/work.ipynb"
REPEATED = "values = compute_values(first, second)\nprint_report(values, first)\n"


def cell(name: str, text: str, *, language: str = "python") -> JsonObject:
    return {"uri": f"cell:{name}", "languageId": language, "version": 1, "text": text}


def show(editor: Editor, *cells: JsonObject, notebook: str = NOTEBOOK) -> None:
    """Open a notebook; the cursor is at the end of its last cell."""
    listed = [{"kind": 2, "document": it["uri"]} for it in cells]
    document = {"uri": notebook, "notebookType": "jupyter-notebook", "version": 1, "cells": listed}
    editor.notify("notebookDocument/didOpen", {"notebookDocument": document, "cellTextDocuments": list(cells)})
    last = cells[-1]
    editor.uri, editor.version = last["uri"], 1
    editor.line, editor.character = last["text"].count("\n"), len(last["text"].rpartition("\n")[2])


def test_a_cell_goes_by_the_cells_before_it(home: Home) -> None:
    with Editor() as editor:
        capabilities = editor.start()
        show(
            editor,
            cell("a", REPEATED * 8),
            cell("b", "# Title", language="markdown"),
            cell("c", "report = 1\nvalues = comp"),
        )
        [item] = editor.ghost_texts()
        change = {"range": item["range"], "text": item["insertText"]}
        content = [{"document": {"uri": "cell:c", "version": 2}, "changes": [change]}]
        editor.notify(
            "notebookDocument/didChange",
            {"notebookDocument": {"uri": NOTEBOOK, "version": 2}, "change": {"cells": {"textContent": content}}},
        )
        learned = editor.command("pylot.status")["learned"]["python"]
        editor.notify("notebookDocument/didClose", {"notebookDocument": {"uri": NOTEBOOK}, "cellTextDocuments": []})
        editor.leave()

    place = {"line": 1, "character": 13}
    assert capabilities["notebookDocumentSync"]["notebookSelector"] == [{"notebook": "*"}]
    assert item["insertText"] == "ute_values(first, second)"
    assert item["range"] == {"start": place, "end": place}
    assert [fates.get("accepted") for fates in learned.values()] == [1]


def test_an_excluded_notebook_gets_nothing(home: Home) -> None:
    """The cells of a notebook are judged by its name."""
    with Editor() as editor:
        editor.start()
        show(editor, cell("a", REPEATED * 8), cell("c", "report = 1\nvalues = comp"), notebook="file:///project/.env")
        items = editor.ghost_texts()
        reason = editor.command("pylot.explain", 1)["traces"][0]["reason"]
        editor.leave()

    assert items == []
    assert reason == "excluded"
