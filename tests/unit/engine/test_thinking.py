"""Where thinking aloud begins and ends is told from the template and what it has rendered (H18)."""

from __future__ import annotations

import pytest

from pylot.engine.thinking import Thinking, close_thoughts, thinking_after

TALKS_OF_IT = "{% if x %}</think>{% endif %}"


@pytest.mark.parametrize(
    ("template", "prompt", "thinking"),
    [
        ("", "### assistant\n", "none"),
        (TALKS_OF_IT, "### assistant\n", "possible"),
        (TALKS_OF_IT, "### assistant\n<think>\n", "open"),
        (TALKS_OF_IT, "### assistant\n<think>\n\n</think>\n\n", "none"),
    ],
)
def test_what_an_answer_may_begin_with(template: str, prompt: str, thinking: Thinking) -> None:
    assert thinking_after(template, prompt) == thinking


def test_thoughts_are_closed_where_the_template_leaves_them_open() -> None:
    assert close_thoughts("a\n<think>\n") == "a\n<think>\n</think>\n\n"
    assert close_thoughts("a\n") == "a\n"
