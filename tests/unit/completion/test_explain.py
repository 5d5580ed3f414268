"""`pylot.explain` names every step's outcome, tokens by source, and times (issue 2, proof 7)."""

from __future__ import annotations

import json

import pytest

from pylot.completion.explain import STEP_NAMES, Trace, TraceLog
from pylot.completion.explain_page import render_text
from pylot.completion.values import CompletionRequest
from pylot.kernel.clock import ManualClock

REQUEST = CompletionRequest("file:///secret/place/a.py", "/secret/place/a.py", "python", 7, "code_one\ncode_two", 12)

PAGE = """\
t-1  a.py:2  automatic, version 7
  shown: 1 from model

  step         ms  outcome
  gate       1.00  done
  lookup     1.00  done
  plan       1.00  done     open files 2
  generate  11.00  done
  verify     1.00  done

  prompt tokens  120 (current file 100, open files 20)
  reused 110, decoded 10, generated 8
  first token 13.0 ms, total 15.0 ms"""

WITHHELD_PAGE = """\
t-1  a.py:2  automatic, version 7
  nothing shown: The cursor is inside a word.

  step  ms  outcome

  total 0.0 ms"""


def traced(clock: ManualClock) -> Trace:
    trace = TraceLog(clock).begin("t-1", REQUEST)
    for name in ("gate", "lookup", "plan", "generate", "verify"):
        with trace.step(name) as step:
            clock.advance(0.001)
            step.outcome = "done"
            if name == "plan":
                step.details["open files"] = 2
            if name == "generate":
                clock.advance(0.009)
                trace.first_token()
                clock.advance(0.001)
                trace.first_token()
    trace.generation.prompt_tokens = {"current file": 100, "open files": 20}
    trace.generation.reused_tokens = 110
    trace.generation.decoded_tokens = 10
    trace.generation.generated_tokens = 8
    return trace


def test_page_of_a_shown_suggestion() -> None:
    trace = traced(ManualClock())
    trace.finish_shown("model", 1)

    assert render_text(trace.to_json()) == PAGE


def test_page_of_a_withheld_suggestion() -> None:
    trace = TraceLog(ManualClock()).begin("t-1", REQUEST)
    trace.finish_withheld("mid_word")

    assert render_text(trace.to_json()) == WITHHELD_PAGE


def test_json_holds_no_code_and_no_folder() -> None:
    trace = traced(ManualClock())
    trace.finish_shown("model", 1)
    written = json.dumps(trace.to_json())

    assert "code_" not in written
    assert "secret" not in written
    assert {step.name for step in trace.steps} <= set(STEP_NAMES)


def test_a_failing_step_is_recorded() -> None:
    trace = TraceLog(ManualClock()).begin("t-1", REQUEST)
    with pytest.raises(ValueError, match="broken"), trace.step("generate") as step:
        step.outcome = "failed"
        raise ValueError("broken")

    assert [(step.name, step.outcome) for step in trace.steps] == [("generate", "failed")]


def test_log_keeps_the_last_newest_first() -> None:
    log = TraceLog(ManualClock(), limit=3)
    for number in range(5):
        log.begin(f"t-{number}", REQUEST)

    assert [trace["id"] for trace in log.last()] == ["t-4", "t-3", "t-2"]
    assert [trace["id"] for trace in log.last(1)] == ["t-4"]
