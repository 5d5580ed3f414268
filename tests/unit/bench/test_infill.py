"""The requests of llama.vscode, as it makes them."""

from __future__ import annotations

import pytest

from pylot.bench.infill import (
    AnswerMemory,
    InfillPlace,
    Ring,
    asks_at,
    held_place_at,
    place_after,
    place_at,
    plugin_body,
    ring_body,
    shown_text,
    tuned_body,
)

NUMBERED = "\n".join(f"line {number}" for number in range(500))


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("ab\ncd\nef\n", 4, InfillPlace("ab\n", "c", "d\nef\n\n")),
        ("ab", 2, InfillPlace("\n", "ab", "\n\n")),
        ("", 0, InfillPlace("\n", "", "\n\n")),
        ("a\n    ", 6, InfillPlace("a\n", "    ", "\n\n")),
    ],
)
def test_text_is_cut_into_whole_lines_and_the_line_of_the_cursor(text: str, offset: int, place: InfillPlace) -> None:
    assert place_at(text, offset) == place


def test_256_lines_above_and_64_below_are_sent() -> None:
    place = place_at(NUMBERED, NUMBERED.index("line 300") + 8)

    assert place.prefix.splitlines()[0] == "line 44"
    assert place.prefix.count("\n") == 256
    assert place.suffix.splitlines()[-1] == "line 364"


@pytest.mark.parametrize(
    ("line", "first", "last"), [(300, 192, 332), (301, 192, 333), (303, 192, 335), (304, 224, 336), (20, 0, 52)]
)
def test_the_tuned_prefix_holds_still_for_32_lines(line: int, first: int, last: int) -> None:
    place = held_place_at(NUMBERED, NUMBERED.index(f"line {line}\n") + 4)

    assert (place.prefix.splitlines()[0], place.prefix.splitlines()[-1]) == (f"line {first}", f"line {line - 1}")
    assert (place.prompt, place.suffix.splitlines()[0]) == ("line", f" {line}")
    assert place.suffix.splitlines()[-1] == f"line {last}"


@pytest.mark.parametrize(("rest", "asks"), [("", True), (")" * 8, True), (")" * 9, False)])
def test_the_plugin_is_silent_left_of_much_text(rest: str, asks: bool) -> None:
    assert asks_at(InfillPlace("", "call(", f"{rest}\n")) is asks


@pytest.mark.parametrize(
    ("prompt", "sent", "indent"), [("    x = ", "    x = ", 4), ("    ", "", 4), ("", "", 0), ("\ty", "\ty", 1)]
)
def test_a_blank_line_is_sent_as_an_empty_prompt(prompt: str, sent: str, indent: int) -> None:
    chunk = {"text": "a\n", "time": 0, "filename": "a.py"}
    body = plugin_body(InfillPlace("p\n", prompt, "s\n"), [chunk], 32)

    assert (body["prompt"], body["n_indent"]) == (sent, indent)
    assert body["input_prefix"] == "p\n"
    assert body["input_suffix"] == "s\n"
    assert body["input_extra"] == [chunk]
    assert body["samplers"] == ["top_k", "top_p", "infill"]
    assert (body["cache_prompt"], body["n_predict"], body["top_k"], body["id_slot"]) == (True, 32, 1, 0)
    assert (body["t_max_prompt_ms"], body["t_max_predict_ms"]) == (500, 500)


def test_the_ring_is_read_ahead_without_predicting() -> None:
    body = ring_body([{"text": "a\n"}])

    assert (body["n_predict"], body["samplers"], body["input_prefix"], body["prompt"]) == (0, [], "", "")


def test_the_tuned_request_is_greedy_and_ends_with_the_line() -> None:
    body = tuned_body(InfillPlace("p\n", "x", "s\n"), 32)

    assert (body["temperature"], body["stop"], body["input_extra"]) == (0.0, ["\n"], [])


@pytest.mark.parametrize(
    ("shown", "after"),
    [
        ("return 1", InfillPlace("p\n", "x = return 1", "s\n")),
        ("1\n  y = 2\nz", InfillPlace("p\nx = 1\n  y = 2\n", "z", "s\n")),
    ],
)
def test_the_plugin_asks_in_advance_where_a_suggestion_ends(shown: str, after: InfillPlace) -> None:
    assert place_after(InfillPlace("p\n", "x = ", "s\n"), shown) == after


@pytest.mark.parametrize(
    ("answer", "place", "shown"),
    [
        ("b = 1\n", InfillPlace("", "a", "\n"), "b = 1"),
        ("  \n", InfillPlace("", "a", "\n"), ""),
        ("x)", InfillPlace("", "f(", ")\n"), "x"),
        (")", InfillPlace("", "f(", ")\n"), ""),
        ("x)\nmore", InfillPlace("", "f(", ");\n"), "x)"),
        ("b", InfillPlace("", "a", "\n\nab\n"), ""),
        ("\nnext", InfillPlace("", "a", "\nnext\n"), ""),
        ("b\nc", InfillPlace("", "a", "\n"), "b\nc"),
    ],
)
def test_answers_that_repeat_what_stands_there_are_discarded(answer: str, place: InfillPlace, shown: str) -> None:
    assert shown_text(answer, place) == shown


def test_an_answer_is_remembered_while_it_is_typed() -> None:
    memory = AnswerMemory()
    memory.put(InfillPlace("p", "re", "s"), "turn 1", 3)

    assert memory.find(InfillPlace("p", "retu", "s")) == ("rn 1", 3)
    assert memory.find(InfillPlace("p", "rea", "s")) is None
    assert memory.find(InfillPlace("q", "re", "s")) is None


def test_a_chunk_is_picked_where_a_saved_file_is_entered_and_waits_for_a_pause() -> None:
    ring, lines = Ring(), NUMBERED.split("\n")
    ring.entered("a.py", lines[:20], 10, unsaved=False)
    ring.entered("b.py", lines[:20], 10, unsaved=True)

    assert ring.chunks == []
    assert ring.promote()
    assert [chunk["filename"] for chunk in ring.chunks] == ["a.py"]
    assert not ring.promote()


def test_a_similar_chunk_takes_the_place_of_the_old_one() -> None:
    ring, lines = Ring(), NUMBERED.split("\n")
    ring.entered("a.py", lines[:40], 20, unsaved=False)
    ring.promote()
    ring.entered("a.py", [*lines[:39], "other"], 20, unsaved=False)
    ring.entered("a.py", [*lines[:39], "other"], 20, unsaved=False)
    ring.promote()

    assert len(ring.chunks) == 1
    assert ring.chunks[0]["text"].endswith("other\n")


def test_chunks_from_beyond_the_window_are_picked_after_long_ways_only() -> None:
    ring, lines = Ring(), NUMBERED.split("\n")
    ring.asked("a.py", lines, 300)
    n_first = len(ring.queued)
    ring.asked("a.py", lines, 330)

    assert n_first == 2
    assert len(ring.queued) == 2
    assert max(chunk["text"].count("\n") for chunk in ring.queued) < 63


def test_the_ring_holds_16_chunks() -> None:
    ring = Ring()
    for number in range(20):
        ring.entered(f"{number}.py", [f"{number} {line}" for line in range(10)], 5, unsaved=False)
        ring.promote()

    assert len(ring.chunks) == 16
    assert ring.chunks[0]["filename"] == "4.py"
