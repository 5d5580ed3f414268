"""What has been done so far, worked out from the calls themselves and never by a model (T17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pylot.agent.fence import defused, shortened
from pylot.agent.transcript import CalledTool

_MARKS = {"completed": "x", "in_progress": ">", "pending": " "}
_MOST_NAMED = 30
_LONGEST_NAME = 200
# The arguments that say what a call was about, most telling first.
_SUBJECTS = ("path", "query", "command", "line", "argv", "args", "prompt")


def plan_text(plan: Sequence[Mapping[str, Any]]) -> str:
    """Return a plan as a list with a mark for each step's status, or nothing for none."""
    if not plan:
        return ""
    steps = [f"[{_MARKS.get(str(step.get('status')), ' ')}] {step.get('text', '')}" for step in plan]
    return "\n".join(["The plan:", *steps])


def state_text(calls: Iterable[CalledTool]) -> str:
    """Return what was called, with what and whether it worked, one line for each kind of call and subject."""
    last: dict[tuple[str, str], str] = {}
    for call in calls:
        if call.end is not None:
            became = "worked" if call.end.ok else f"failed: {shortened(defused(call.end.error), _LONGEST_NAME)}"
            key = (call.tool, subject_of(call))
            # What was done last stands last.
            last.pop(key, None)
            last[key] = became
    if not last:
        return ""
    lines = [f"- {tool} {subject}: {became}" for (tool, subject), became in last.items()]
    left_out = len(lines) - _MOST_NAMED
    head = [f"- ({left_out} earlier ones)"] if left_out > 0 else []
    return "\n".join(["What was done:", *head, *lines[-_MOST_NAMED:]])


def subject_of(call: CalledTool) -> str:
    """Return what a call was about, such as its path or command."""
    for name in _SUBJECTS:
        if value := call.arguments.get(name):
            text = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            return shortened(defused(text), _LONGEST_NAME).replace("\n", " ")
    return ""
