"""Which places are worth asking about (design.md section 4, step 2)."""

from __future__ import annotations

import pytest

from pylot.completion.gate import GateFacts, decide
from pylot.completion.values import CompletionRequest, SelectedCompletion, Trigger


def request(marked: str, trigger: Trigger = Trigger.AUTOMATIC) -> CompletionRequest:
    text = marked.replace("‸", "")
    return CompletionRequest("file:///a.py", "a.py", "python", 1, text, marked.index("‸"), trigger)


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("value = compute(‸", ""),
        ("value = compute(‸)", ""),
        ("value = compute('‸')", ""),
        ("if (compute(‸)) {", ""),
        ("value = [‸],\nother = 1", ""),
        ("value = comp‸ute()", "mid_word"),
        ("value = ‸compute()", "mid_word"),
        ("value = ‸ + compute()", "text_right_of_cursor"),
        ("value = (‸))))))))))))))))", "text_right_of_cursor"),
        ("x = ‸", "too_little_text"),
        ("          ‸\n\n        ", "too_little_text"),
    ],
)
def test_places(marked: str, reason: str) -> None:
    decision = decide(request(marked), GateFacts())

    assert (decision.reason, decision.ask) == (reason, not reason)
    assert decide(request(marked, Trigger.INVOKED), GateFacts()).ask


@pytest.mark.parametrize(
    ("facts", "reason", "reason_when_invoked"),
    [
        (GateFacts(enabled=False), "disabled", "disabled"),
        (GateFacts(excluded="secret-looking"), "excluded", "excluded"),
        (GateFacts(out_of_sync=True), "out_of_sync", "out_of_sync"),
        (GateFacts(language_off=True), "language_off", ""),
        (GateFacts(in_comment=True, comments_off=True), "comment_off", ""),
        (GateFacts(in_comment=True, strings_off=True), "", ""),
        (GateFacts(in_string=True, strings_off=True), "string_off", ""),
        (GateFacts(undo_in_progress=True), "undo_in_progress", ""),
        (GateFacts(deletions=1), "just_deleted", ""),
        (GateFacts(deletions=2), "just_deleted", ""),
        (GateFacts(deletions=3), "", ""),
    ],
)
def test_facts(facts: GateFacts, reason: str, reason_when_invoked: str) -> None:
    assert decide(request("value = compute(‸"), facts).reason == reason
    assert decide(request("value = compute(‸", Trigger.INVOKED), facts).reason == reason_when_invoked


def test_exclusion_says_why() -> None:
    assert (
        decide(request("value = compute(‸"), GateFacts(excluded="It is in .gitignore.")).detail
        == "It is in .gitignore."
    )


def test_replacing_several_lines_is_refused() -> None:
    selected = SelectedCompletion(0, 12, "value")
    asked = CompletionRequest("u", "a.py", "python", 1, "first_line\nx", 12, Trigger.INVOKED, selected)

    assert decide(asked, GateFacts()).reason == "selection_spans_lines"
