"""Whatever a model writes: the ladder never raises, and what it returns fits (T10)."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.models.structured.call_repair import repair_calls
from pylot.models.structured.repair import repair_json
from pylot.models.structured.validation import problem_of
from pylot.models.structured.visible import VisibleText
from pylot.models.values import Tool, ToolCall

SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "n": {"type": "integer", "maximum": 9}, "all": {"type": "boolean"}},
    "required": ["path"],
    "additionalProperties": False,
}
TOOLS = (Tool("read_file", "", SCHEMA), Tool("run_tests", "", {"type": "object"}))
PARTS = (
    *(
        '{"calls":[{"tool":"read_file","arguments":',
        '{"path":"a"',
        '"n":"7"',
        ",",
        "}",
        "}]}",
        "[",
        "]",
        '"',
        "'",
        "\\",
    ),
    *(
        "<think>",
        "</think>",
        "<tool_call>",
        "</tool_call>",
        "<function=read_file>",
        "<parameter=path>",
        "```json\n",
        "```",
    ),
    *(
        "[TOOL_CALLS]",
        '{"final":"',
        "read_file",
        "True",
        "None",
        "1e999",
        "NaN",
        "\n",
        "\x00",
        "é",
        "\ud800",
        "<read_file>",
    ),
)
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PARTS), max_size=24).map("".join))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["path", "n", "all", "x"]), inner),
    max_leaves=8,
)


@given(text=st.one_of(texts, values.map(json.dumps)), is_whole=st.booleans())
@settings(deadline=None)
def test_json_fits_or_has_a_problem(text: str, is_whole: bool) -> None:
    found = repair_json(text, SCHEMA, is_whole=is_whole)

    assert bool(found.problem) == bool(problem_of(found.value, SCHEMA))


@given(text=texts, arguments=st.one_of(st.none(), texts), is_whole=st.booleans(), wants_directive=st.booleans())
@settings(deadline=None)
def test_calls_fit_or_have_a_problem(text: str, arguments: str | None, is_whole: bool, wants_directive: bool) -> None:
    native = [] if arguments is None else [ToolCall("", "read_file", arguments)]
    found = repair_calls(text, native, TOOLS, is_whole=is_whole, wants_directive=wants_directive)
    schemas = {tool.name: tool.parameters for tool in TOOLS}

    assert not (found.calls and found.problem)
    assert all(not problem_of(call.arguments, schemas[call.name]) for call in found.calls)


@given(text=st.text(max_size=60), sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_a_final_text_is_shown_as_it_comes(text: str, sizes: list[int]) -> None:
    spelled, shown, at = json.dumps({"thought": "t", "final": text}), "", 0

    def show(piece: str) -> None:
        nonlocal shown
        shown += piece

    visible = VisibleText(show, wants_directive=True)
    while at < len(spelled):
        size = sizes[at % len(sizes)]
        visible.feed(spelled[at : at + size])
        at += size

    assert shown == text
