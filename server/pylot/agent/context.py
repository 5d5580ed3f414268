"""The messages that a model reads, a pure function of what is known (A4).

The order never changes and what was said once stays as it was, so that a model has to read only what is new: rules,
the user's instructions and the map of the repository, what was said before, the task, then step after step.
Only a compaction changes what came before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pylot.agent.fence import defused, fenced, shortened
from pylot.agent.ports import Knowledge
from pylot.agent.run import RunRequest, Utterance
from pylot.agent.state_record import plan_text, state_text
from pylot.agent.transcript import CalledTool, Said, Step, Transcript
from pylot.models.values import ANY_FILE, ChatMessage, ToolCall

# A22: how much of a conversation a task is told of.
_MOST_HISTORY = 50
_SHORTEST_QUESTION = 60
_LONGEST_MASKED_ARGUMENT = 200
# What says of a call that it was never begun, so that it cannot have failed.
_NOT_BEGUN = {"denied", "refused", "skipped"}
_LEFT_OUT = "(left out to save room; call the tool again if you need it)"


@dataclass(frozen=True, slots=True)
class ContextSizes:
    """How long single parts may be, in characters; `marks` are control tokens of the model."""

    result: int
    background: int
    history: int
    marks: Sequence[str] = ()


def build_context(
    rules: str, request: RunRequest, knowledge: Knowledge, transcript: Transcript, sizes: ContextSizes
) -> list[ChatMessage]:
    """Return the conversation that the next directive or answer is asked with."""
    # What results quote cannot be told from commands and searches, so it may be any file (P3).
    messages = [ChatMessage("system", rules, files=(ANY_FILE,))]
    if background := _background(request, knowledge, sizes):
        messages.append(ChatMessage("user", background))
    messages += [ChatMessage(it.role, it.text) for it in _recent(request.history, sizes.history)]
    messages.append(ChatMessage("user", request.prompt))
    messages += _summed(transcript, sizes)
    for entry in transcript.entries[transcript.n_summed :]:
        if isinstance(entry, Said):
            messages.append(ChatMessage(entry.role, entry.text))
        else:
            messages += _step(entry, transcript.masked_up_to, sizes)
    return _in_turns(messages)


def _background(request: RunRequest, knowledge: Knowledge, sizes: ContextSizes) -> str:
    share = sizes.background // max(len(knowledge.instructions), 1)
    parts = [
        f"The user's instructions for this workspace, from {name}:\n{shortened(text, share)}"
        for name, text in knowledge.instructions
    ]
    if request.skill:
        parts.append(f"How tasks like this one are done here:\n{shortened(request.skill, sizes.background)}")
    if request.memory:
        parts.append("\n".join(["What is remembered from earlier:", *(f"- {it}" for it in request.memory)]))
    if knowledge.repo_map:
        shown = shortened(knowledge.repo_map, sizes.background)
        parts.append(fenced(shown, "the most important definitions of the workspace", sizes.marks))
    return "\n\n".join(parts)


def _recent(history: Sequence[Utterance], most: int) -> list[Utterance]:
    """Return the last messages that fit, the first of them shortened; they begin with a question, not an answer."""
    kept: list[Utterance] = []
    left = most
    for utterance in reversed(history[-_MOST_HISTORY:]):
        if left <= 0 and utterance.role == "assistant":
            break
        room = max(left, _SHORTEST_QUESTION)
        kept.append(Utterance(role=utterance.role, text=shortened(utterance.text, room)))
        left -= len(utterance.text)
        if left <= 0 and utterance.role == "user":
            break
    kept.reverse()
    return kept[1:] if kept and kept[0].role == "assistant" else kept


def _summed(transcript: Transcript, sizes: ContextSizes) -> Iterator[ChatMessage]:
    """Return what stands for what was summed up: the user's words, the state and the plan, verbatim (T17)."""
    if not transcript.n_summed:
        return
    for entry in transcript.entries[: transcript.n_summed]:
        if isinstance(entry, Said) and entry.role == "user":
            yield ChatMessage("user", entry.text)
    parts = ["Earlier steps of this task were summed up to save room."]
    calls = [
        call for entry in transcript.entries[: transcript.n_summed] if isinstance(entry, Step) for call in entry.calls
    ]
    parts += [text for text in (state_text(calls), plan_text(transcript.plan_at_summary)) if text]
    parts.append(fenced(transcript.summary, "a summary of those steps", sizes.marks))
    yield ChatMessage("user", "\n\n".join(parts))


def _step(step: Step, masked_up_to: int, sizes: ContextSizes) -> Iterator[ChatMessage]:
    calls = tuple(
        ToolCall(call.call_id, call.tool, json.dumps(_arguments(call, masked_up_to), ensure_ascii=False))
        for call in step.calls
    )
    yield ChatMessage("assistant", step.thought, calls)
    for call in step.calls:
        yield ChatMessage("tool", _result(call, masked_up_to, sizes), call_id=call.call_id)


def _arguments(call: CalledTool, masked_up_to: int) -> dict[str, object]:
    if call.index > masked_up_to:
        return call.arguments
    return {
        name: shortened(value, _LONGEST_MASKED_ARGUMENT) if isinstance(value, str) else value
        for name, value in call.arguments.items()
    }


def _result(call: CalledTool, masked_up_to: int, sizes: ContextSizes) -> str:
    end = call.end
    if end is None:
        return "(not carried out yet)"
    said = "" if end.ok else defused(end.error, sizes.marks)
    if said and not end.metadata.keys() & _NOT_BEGUN:
        said = f"It failed: {said}"
    if call.index <= masked_up_to:
        return f"{said} {_LEFT_OUT}".strip()
    parts = [said] if said else []
    if end.text:
        parts.append(fenced(shortened(end.text, sizes.result), f"result of {call.tool}", sizes.marks))
    elif end.ok:
        parts.append("Done; it gave nothing back.")
    if end.truncated:
        parts.append("The result was too long and was cut.")
    if note := end.metadata.get("note"):
        parts.append(str(note))
    return "\n".join(parts)


def _in_turns(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return a conversation in which the user never speaks twice in a row, because some templates insist on turns."""
    out: list[ChatMessage] = []
    for message in messages:
        if out and message.role == out[-1].role and message.role in ("user", "system"):
            content, files = f"{out[-1].content}\n\n{message.content}", out[-1].files + message.files
            out[-1] = ChatMessage(message.role, content, files=files)
        else:
            out.append(message)
    return out
