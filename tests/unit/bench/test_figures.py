"""Figures and ratios over records that are known."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pylot.bench.bars import EMBEDDED, PLUGIN, TUNED, Bar, bars
from pylot.bench.contender import Answer
from pylot.bench.figures import figures_of, first_ms, paired_ratio, percentile_ratio, request_ms, token_ms, total_ms
from pylot.bench.plot import plot
from pylot.bench.replay import PacedRecord, Record
from pylot.cli.bench_page import Results, print_results, results_json
from pylot.cli.bench_pylot import answer_of


def record(
    contender: str, index: int, first: float | None, total: float, what: str = "typed", decoded_tokens: int = 0
) -> Record:
    given = Answer(
        "x", first_ms=first, total_ms=total, prompt_tokens=100, decoded_tokens=decoded_tokens, generated_tokens=11
    )
    return Record(contender, "t", "linear", index, what, given, 0.5)


RECORDS = [
    record(EMBEDDED, 0, 300, 400, "cold", decoded_tokens=100),
    record(PLUGIN, 0, 400, 500, "cold", decoded_tokens=100),
    record(EMBEDDED, 1, 10, 110, decoded_tokens=1),
    record(PLUGIN, 1, 1000, 1100, decoded_tokens=60),
    record(EMBEDDED, 2, 20, 120, decoded_tokens=3),
    record(PLUGIN, 2, 1000, 1100, decoded_tokens=60),
    record(EMBEDDED, 3, None, 2),
    record(PLUGIN, 3, 1000, 1100, decoded_tokens=60),
    record(TUNED, 1, 20, 120, decoded_tokens=1),
]
PACED = [PacedRecord(EMBEDDED, "t", 4, 2, 30, 10, 3.0), PacedRecord(TUNED, "t", 4, 1, 90, 40, 3.0)]


def test_ratios_are_paired_key_by_key() -> None:
    assert paired_ratio(RECORDS, EMBEDDED, PLUGIN, first_ms, ("typed",)) == pytest.approx(0.015)
    assert paired_ratio(RECORDS, EMBEDDED, PLUGIN, first_ms, ("cold",)) == pytest.approx(0.75)
    assert paired_ratio(RECORDS, EMBEDDED, "nobody", first_ms) is None
    assert percentile_ratio(RECORDS, EMBEDDED, PLUGIN, total_ms, 0.5) == pytest.approx(110 / 1100)


def test_only_what_the_model_answered_counts_as_a_request() -> None:
    assert [request_ms(each.answer) for each in RECORDS if each.contender == EMBEDDED] == [610, 320, 330, None]
    assert token_ms(RECORDS[2].answer) == pytest.approx(10)


def test_only_what_was_shown_counts_as_a_suggestion() -> None:
    """A deadline that passed is no quick answer."""
    assert [total_ms(answer) for answer in (Answer(asked=False), Answer("", total_ms=9), Answer("x", total_ms=9))] == [
        None, None, 9,
    ]  # fmt: skip


def test_figures_of_one_contender() -> None:
    own = figures_of(EMBEDDED, RECORDS, PACED, 2_000_000)

    assert (own.keys, own.shown, own.wasted, own.processor_per_shown) == (4, 4, 10, 1.5)
    assert list(own.first) == [20, 300]
    assert (own.prompt, own.decoded) == (100, 3)
    assert own.reused == pytest.approx((99 + 97 + 100) / 300)
    assert figures_of("nobody", RECORDS, PACED, 0).wasted is None


def test_bars_know_what_is_met_missed_and_not_measured() -> None:
    figures = [figures_of(name, RECORDS, PACED, 0) for name in (EMBEDDED, TUNED)]
    found = {bar.label: bar.is_cleared for bar in bars(1, RECORDS, figures, {})}

    assert found["first token while typing, p50, of llama.vscode's"] is True
    assert found["until the suggestion, p50, all keys, of llama.vscode's"] is True
    assert found["first token, p95, all keys, of llama.vscode's"] is False
    assert found["tokens never shown, at pace, of the tuned server's"] is True
    assert found["per token outside llama_decode, ms"] is None
    assert Bar("", 0.9, 0.95, at_least=True).is_cleared is False


def test_results_are_json_a_page_and_a_plot(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [figures_of(name, RECORDS, PACED, 10**6) for name in (EMBEDDED, PLUGIN)]
    single = {"per token outside llama_decode, ms": 0.2}
    found = bars(1, RECORDS, figures, single)
    results = Results(Path("m.gguf"), 2, 32, RECORDS, PACED, figures, single, found, ["Left out: nothing."])

    values = json.loads(json.dumps(results_json(results)))
    assert set(values) == {
        "pylot", "machine", "model", "threads", "tokens", "seconds", "contenders", "single", "bars", "leftOut", "keys",
        "atPace",
    }  # fmt: skip
    assert values["bars"][0]["cleared"] is True
    assert values["keys"][0]["answer"]["total_ms"] == 400

    print_results(results)
    page = capsys.readouterr().out
    assert "first token, p50 / p95, ms" in page
    assert "<= 0.3           met" in page
    assert "Left out: nothing." in page

    drawing = ET.fromstring(plot(figures, "A <title>"))
    assert "A <title>" in {element.text for element in drawing.iter()}


@pytest.mark.parametrize(
    ("steps", "first_token", "expected"),
    [
        ([("gate", "ask", 0.1), ("generate", "length", 40.0)], 12.0, (True, 15.0, 50, 10)),
        # Stopped at the first token for want of confidence.
        ([("gate", "ask", 0.1), ("generate", "floor", 40.0)], None, (True, 50.0, 50, 10)),
        # The deadline passed before the first token.
        ([("gate", "ask", 0.1), ("generate", "", 40.0)], None, (True, None, 50, 10)),
        # It waited for a run that an earlier key had started.
        ([("gate", "ask", 0.1), ("lookup", "in flight", 0.0)], 12.0, (True, None, 0, 10)),
        ([("gate", "ask", 0.1), ("lookup", "typed through", 0.0)], None, (True, None, 0, 7)),
        # It was worked out while the suggestion before it was on the screen.
        ([("gate", "ask", 0.1), ("lookup", "looked ahead", 0.0)], None, (True, None, 0, 7)),
        ([("gate", "in_comment", 0.1)], None, (False, None, 0, 0)),
    ],
)
def test_a_trace_becomes_an_answer(
    steps: list[tuple[str, str, float]], first_token: float | None, expected: tuple[bool, float | None, int, int]
) -> None:
    trace = {
        "totalMs": 47.0,
        "firstTokenMs": first_token,
        "steps": [
            {"name": name, "outcome": outcome, "ms": ms, "details": {"tokens": 7}} for name, outcome, ms in steps
        ],
        "promptTokens": {"head": 50},
        "decodedTokens": 2,
        "generatedTokens": 10,
    }
    answer = answer_of(trace, 50.0, "")

    assert (answer.asked, answer.first_ms, answer.prompt_tokens, answer.generated_tokens) == expected
