"""Configuration and model files that change, or are wrong, while the server runs (H7, M1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editor import Editor, Home
from tests.support.random_gguf import RandomModels, Shape, damaged_ggufs
from tests.support.stdio_client import JsonObject
from tests.support.synthetic_gguf import Tensor, write_synthetic_gguf

REPEATED = "values = compute_values(first, second)\nprint_report(values, first)\n"
COPYABLE = REPEATED * 3 + "\nvalues = compute_values(fi‸\n"


def diagnostics(message: JsonObject) -> bool:
    return message.get("method") == "textDocument/publishDiagnostics"


def test_the_file_is_followed_without_a_restart(home: Home) -> None:
    """A broken file is marked where it is broken and changes nothing; a mended one takes effect."""
    home.configure("[engine]\nidle_seconds = 0.2\n[completion]\nenabled = true\n")
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", COPYABLE)
        assert editor.ghost_texts()

        home.configure("[engine]\nidle_seconds = 0.2\n[completion]\nenabled = = false\n")
        broken = editor.wait_for(diagnostics)["params"]
        assert broken["uri"] == home.config_file.as_uri()
        assert [it["range"]["start"]["line"] for it in broken["diagnostics"]] == [3]
        assert editor.ghost_texts()
        assert len(editor.command("pylot.status")["configuration"]["problems"]) == 1

        home.configure("[engine]\nidle_seconds = 0.2\n[completion]\nenabled = false\n")
        assert editor.wait_for(diagnostics)["params"] == {"uri": home.config_file.as_uri(), "diagnostics": []}
        assert editor.ghost_texts() == []
        assert editor.traces(1)[0]["reason"] == "disabled"
        assert editor.command("pylot.status")["configuration"]["problems"] == []
        editor.leave()


def test_a_wrong_value_costs_only_itself(home: Home) -> None:
    """The rest of the file is in force, and the diagnostic stands at the value."""
    home.configure("[engine]\nidle_seconds = 0.2\n[completion]\neagerness = 'wild'\nenabled = false\n")
    with Editor() as editor:
        editor.start()
        [problem] = editor.wait_for(diagnostics)["params"]["diagnostics"]
        editor.show("file:///project/a.py", COPYABLE)
        editor.ghost_texts()
        reason = editor.traces(1)[0]["reason"]
        editor.leave()

    assert "the value is ignored" in problem["message"]
    assert problem["range"]["start"]["line"] == 3
    assert reason == "disabled"


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("missing", "There is no model file"),
        ("no gguf", "is no GGUF model"),
        ("too large", "needs about"),
        ("unknown name", "Pylot knows only"),
    ],
)
def test_a_model_that_cannot_be_had_is_said_once_and_copying_goes_on(
    home: Home, tmp_path: Path, random_model: RandomModels, case: str, sentence: str
) -> None:
    """One sentence however many requests there are, and the server lives on (H7)."""
    model = tmp_path / "model.gguf"
    if case == "no gguf":
        model.write_bytes(damaged_ggufs(random_model())["text"])
    elif case == "too large":
        layers = {"block_count": 1_000_000, "embedding_length": 8192, "attention.head_count": 64}
        write_synthetic_gguf(model, [Tensor("token_embd.weight", (8192, 32000))], layers)
    elif case != "missing":
        model = random_model()
    home.use_model(model, completion="debounce_ms = 0")
    if case == "unknown name":
        home.configure("[models.roles]\ncomplete = 'nobody'\n")
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/b.py", "import os\n\nzq = ‸\n")
        for character in "abc":
            editor.type(character)
            assert editor.ghost_texts() == []
        silent = editor.traces(1)[0]
        editor.show("file:///project/a.py", COPYABLE)
        copied = editor.ghost_texts()
        sentences = editor.sentences()
        editor.leave()

    assert [sentence in said for said in sentences] == [True]
    assert sentence in silent["sentence"]
    assert [it["insertText"] for it in copied] == ["rst, second)"]


def test_a_model_without_tokens_for_filling_in_completes_all_the_same(home: Home, random_model: RandomModels) -> None:
    """From the text before the cursor only, which the user is told once."""
    home.use_model(random_model(Shape(name="plain", fim=False)), completion="eagerness = 'eager'\ndebounce_ms = 0")
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", "import os\n\nvalues = [1, 2]\n‸\n")
        items = editor.ghost_texts(invoked=True)
        trace = editor.traces(1)[0]
        editor.type("x")
        editor.ghost_texts(invoked=True)
        sentences = editor.sentences()
        editor.leave()

    assert trace["generatedTokens"] > 0
    assert "suffix" not in trace["promptTokens"]
    assert items or trace["reason"]
    assert len(sentences) == 1
    assert "no fill-in-the-middle tokens" in sentences[0]


def test_a_model_is_changed_without_a_restart(home: Home, random_model: RandomModels) -> None:
    """The next completion comes from the new model, and the old engine leaves."""
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", "import os\n\nvalues = [1, 2]\n‸\n")
        old = editor.load_model()
        home.use_model(random_model(Shape(name="other")), completion="debounce_ms = 0")
        while editor.command("pylot.status")["models"]["roles"]["complete"] != "own":
            continue
        new = editor.load_model()
        model = editor.engine()["model"]
        editor.leave()

    assert model == "own"
    assert new != old
