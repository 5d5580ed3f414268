"""Recorded typing replays to exactly the text that it was recorded from."""

from __future__ import annotations

import pytest

from pylot.bench.traces import Trace, load_traces, source, trace_names
from pylot.kernel.errors import PylotError

TRACES = load_traces()


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_playing_a_trace_gives_its_sources(trace: Trace) -> None:
    files = dict(trace.files)
    for key in trace.keystrokes:
        before = files[key.file]
        files[key.file] = before[: key.start] + key.text + before[key.end :]
        assert files[key.file] == key.after
        assert key.after[: key.offset].endswith(key.text)

    assert files == trace.sources == {file: source(file) for file in trace.files}
    assert files != trace.files


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_the_first_key_of_each_file_is_cold(trace: Trace) -> None:
    cold = [key.file for key in trace.keystrokes if key.what == "cold"]

    assert sorted(cold) == sorted(trace.files)


def test_the_traces_type_in_every_way() -> None:
    whats = {key.what for trace in TRACES for key in trace.keystrokes}

    assert whats == {"cold", "moved", "typed", "erased", "accepted"}
    assert {trace.kind for trace in TRACES} == {
        "linear", "backspacing", "accepting", "jumping", "editing above", "switching",
    }  # fmt: skip
    assert {key.language for trace in TRACES for key in trace.keystrokes} == {"python", "typescript", "go"}


def test_sources_are_ascii() -> None:
    """Positions are counted in characters, which is right for ASCII only."""
    assert all(text.isascii() for trace in TRACES for text in trace.sources.values())


def test_an_unknown_trace_is_named() -> None:
    with pytest.raises(PylotError, match="There is no trace 'nothing'; there are above-python"):
        load_traces(["nothing"])


def test_traces_are_found_by_name() -> None:
    assert [trace.name for trace in load_traces(["linear-go"])] == ["linear-go"]
    assert trace_names() == [trace.name for trace in TRACES]


def test_nothing_stands_right_of_the_cursor() -> None:
    """Every contender answers there; in the middle of a line Pylot and llama.vscode keep silent by their own rules."""
    rest = {key.after[key.offset :].partition("\n")[0] for trace in TRACES for key in trace.keystrokes}

    assert rest == {""}
