"""`pylot.explain` tells every step of a shown and of a withheld suggestion: the issue's seventh point."""

from __future__ import annotations

from pylot.completion.explain import STEP_NAMES
from tests.support.editor import Editor, Home
from tests.support.real_text import real_text
from tests.support.stdio_client import JsonObject

GENERATED = ["gate", "lookup", "plan", "generate"]
BODY = "values = compute_values(first, second)\nprint_report(values, first)\n"


def names(trace: JsonObject) -> list[str]:
    return [step["name"] for step in trace["steps"]]


def check_figures(trace: JsonObject) -> None:
    """Times are there and plausible, and every step has its outcome."""
    assert set(names(trace)) <= set(STEP_NAMES)
    assert all(step["outcome"] and step["ms"] >= 0 for step in trace["steps"])
    assert trace["totalMs"] > 0
    assert not trace["promptTokens"] or set(trace["promptTokens"]) >= {"template", "prefix", "suffix"}
    n_prompt = sum(trace["promptTokens"].values())
    assert trace["reusedTokens"] + trace["decodedTokens"] >= n_prompt
    assert trace["reusedTokens"] <= n_prompt


def test_suggestions_of_the_model_shown_and_withheld(home: Home) -> None:
    home.configure(
        "[engine]\nidle_seconds = 0.2\n[completion]\neagerness = 'quiet'\ndebounce_ms = 0\nlocal_predictor = false\n"
    )
    lines = real_text(400).splitlines(keepends=True)
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/textwrap.py", "".join([*lines[:200], "    ‸\n", *lines[200:]]))
        editor.load_model()
        editor.type("def ")
        assert editor.ghost_texts(invoked=True)
        shown = editor.traces(1)[0]
        page = editor.command("pylot.explain", 1)["text"]
        editor.type("_zq")
        assert editor.ghost_texts() == []
        withheld = editor.traces(1)[0]
        editor.leave()

    for trace in (shown, withheld):
        check_figures(trace)
        assert trace["reusedTokens"] > 0
        assert set(trace["promptTokens"]) >= {"current file", "typed"}
    assert {*GENERATED, "postprocess", "verify"} <= set(names(shown))
    assert (shown["source"], shown["reason"]) == ("model", "")
    assert shown["shown"] >= 1
    assert shown["generatedTokens"] > 0
    assert shown["firstTokenMs"] is not None
    assert (withheld["shown"], withheld["source"]) == (0, "")
    assert withheld["reason"] == "low_confidence"
    assert withheld["sentence"]
    assert set(GENERATED) <= set(names(withheld))
    assert [word for word in ("gate", "prompt tokens", "reused", "first token", "total") if word not in page] == []


def test_suggestions_of_the_local_predictor(home: Home) -> None:
    """Copied lines say so, also when they are typed through, and so does a place that is not worth asking about."""
    home.configure("[engine]\nidle_seconds = 0.2\n[completion]\neagerness = 'eager'\ndebounce_ms = 0\n")
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", BODY * 3 + "\n" + "values = compute_values(fi‸\n")
        assert editor.ghost_texts()
        copied = editor.traces(1)[0]
        editor.type("r")
        assert editor.ghost_texts()
        typed_through = editor.traces(1)[0]
        editor.show("file:///project/b.py", BODY + "val‸ues = compute_values(first, second)\n")
        assert editor.ghost_texts() == []
        gated = editor.traces(1)[0]
        editor.leave()

    for trace in (copied, typed_through, gated):
        check_figures(trace)
    assert (copied["source"], copied["shown"]) == ("copy", 1)
    assert {"gate", "lookup", "copy", "postprocess", "verify"} <= set(names(copied))
    assert names(typed_through)[:2] == ["gate", "lookup"]
    assert (typed_through["source"], typed_through["steps"][1]["outcome"]) == ("copy", "typed through")
    assert typed_through["promptTokens"] == {}
    assert (names(gated), gated["reason"], gated["shown"]) == (["gate"], "mid_word", 0)
