from __future__ import annotations

import pytest

from pylot.workspace import secret_memory
from pylot.workspace.secret_content import SecretSpan, line_spans
from pylot.workspace.secret_memory import SecretMemory

TOKEN = "ghp_" + "a1B2" * 9


def test_a_keystroke_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def watched(text: str, offset: int = 0) -> tuple[SecretSpan, ...]:
        read.append(text)
        return line_spans(text, offset)

    monkeypatch.setattr(secret_memory, "line_spans", watched)
    memory, lines = SecretMemory(), [f"value_{number} = {number}\n" for number in range(1000)]
    memory.masked("".join(lines))
    lines[500] = f"value_500 = '{TOKEN}'\n"
    typed = "".join(lines)
    read.clear()

    first = memory.masked(typed)

    assert memory.masked(typed) is first
    assert TOKEN not in first
    assert len(memory.spans(typed)) == 1
    assert read == [lines[500].rstrip("\n")]
