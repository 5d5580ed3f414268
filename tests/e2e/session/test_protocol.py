"""What editors see of real suggestions: ranges in their encoding, lists where they have no ghost text, and learning."""

from __future__ import annotations

import pytest

from tests.support.editor import Editor, Home
from tests.support.stdio_client import JsonObject, at

REPEATED = "values = compute_values(first, second)\nprint_report(values, first)\n"


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_ranges_are_in_the_clients_encoding(home: Home, encoding: str, units: int) -> None:
    """With astral characters left of the cursor and everywhere above it."""
    text = f"title = '😀😀'\n{REPEATED * 8}\nfaces = '😀', values = compute_values("
    capabilities: JsonObject = {
        "general": {"positionEncodings": [encoding]},
        "textDocument": {"inlineCompletion": {}},
    }
    with Editor() as editor:
        chosen = editor.start(capabilities)["positionEncoding"]
        editor.show("file:///project/a.py", text)
        editor.character += units - 1
        [item] = editor.ghost_texts()
        character = editor.character
        editor.type("first, 😀")
        editor.character += units - 1
        editor.ghost_texts()
        [status] = editor.command("pylot.status")["learned"].values()
        editor.leave()

    place = {"line": 18, "character": character}
    assert chosen == encoding
    assert item["insertText"].startswith("first, second)")
    assert item["range"] == {"start": place, "end": place}
    assert status["copy"]["shown"] == 1


def test_the_entry_selected_in_the_list_is_extended(home: Home) -> None:
    """The item replaces the entry's range and begins with its text (LSP 3.18, SelectedCompletionInfo)."""
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", f"{REPEATED * 8}\nvalues = comp")
        span = {"start": {"line": 17, "character": 9}, "end": {"line": 17, "character": 13}}
        [item] = editor.ghost_texts(selectedCompletionInfo={"range": span, "text": "compute_values"})
        editor.leave()

    assert item["range"] == span
    assert item["insertText"] == "compute_values(first, second)"


def test_an_editor_without_ghost_text_gets_a_list(home: Home) -> None:
    # The budget guards editors against waiting; a busy machine must not decide this test.
    home.configure("[completion]\npopup_budget_ms = 5000\n")
    with Editor() as editor:
        capabilities = editor.start({})
        editor.show("file:///project/a.py", f"{REPEATED * 8}\nvalues = comp")
        found = editor.ask("textDocument/completion", at(editor.uri, editor.line, editor.character))
        editor.leave()

    [item] = found["items"]
    assert "completionProvider" in capabilities
    assert item["textEdit"]["newText"] == "compute_values(first, second)"
    assert item["textEdit"]["range"]["start"] == {"line": 17, "character": 9}


@pytest.mark.parametrize(
    ("typed", "fate"),
    [(["ute_values(first, second)"], "accepted"), (["ute_values("], "partly_accepted"), (["=="], "typed_over")],
)
def test_the_edits_tell_what_became_of_a_suggestion(home: Home, typed: list[str], fate: str) -> None:
    """An editor that sends no word of its own teaches as well, and what was learned outlives the server."""
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", f"{REPEATED * 8}\nvalues = comp")
        [item] = editor.ghost_texts()
        for text in typed:
            editor.type(text)
        learned = editor.command("pylot.status")["learned"]["python"]["copy"]
        editor.leave()
    with Editor() as editor:
        editor.start()
        remembered = editor.command("pylot.status")["learned"]["python"]["copy"]
        editor.leave()

    assert item["insertText"] == "ute_values(first, second)"
    assert learned == remembered == {"shown": 1, fate: 1}
