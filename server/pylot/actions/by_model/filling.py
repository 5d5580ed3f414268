"""Complete a stub with a model that only fills in the middle: no chat, no instructions, the code around alone (K4)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import cast

from pylot.actions.by_model.answers import dedented, indented
from pylot.actions.by_model.asking import Asking
from pylot.actions.by_model.bodies import indent_step, says_nothing
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import Unit
from pylot.actions.by_model.write_body import required_stub
from pylot.actions.edits import TextEdit
from pylot.actions.offer import Place, Plan
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError, OperationCancelledError
from pylot.models.values import CompletionParameters, Delta, FimPrompt, Urgency, Usage

_MOST_TOKENS = 200
_MOST_LINES = 30


async def fill_body(place: Place, shown: str, asking: Asking) -> Plan:
    """Return the plan that gives the function at a place the body that a model expects there.

    Raises:
        ActionRefusedError: there is no stub here, or the body would not parse.
        ModelAnswerError: the model expects nothing there.
        OperationCancelledError: nobody wants it any more.
    """
    stub = required_stub(place)
    unit, start, end = stub.unit, stub.start, stub.end
    indent = unit.indent + indent_step(place.text, unit)
    is_python = place.language == "python"
    head = shown[:start] + ("\n" if is_python else "{\n") + indent
    suffix = shown[end:] if is_python else f"\n{unit.indent}}}{shown[end:]}"
    text = await _filled(FimPrompt(place.path, head, "", suffix, file=place.path), asking)
    inner = dedented(indent + _of_this_block(text, indent, unit.node.text.split("\n", 1)[0].strip()))
    if says_nothing(unit, inner):
        raise ModelAnswerError("The model expects nothing here.")
    body = indented(inner, indent)
    written = f"\n{body}" if is_python else f"{{\n{body}\n{unit.indent}}}"
    return await asyncio.to_thread(_longest_that_parses, place, unit, TextEdit(start, end, written))


async def _filled(prompt: FimPrompt, asking: Asking) -> str:
    parameters = CompletionParameters(max_tokens=_MOST_TOKENS, copying=True)
    stream = cast(
        AsyncGenerator[Delta | Usage, None],
        asking.provider.complete(prompt, parameters, urgency=Urgency.CHAT, token=asking.token),
    )
    texts, finish = [], ""
    async with contextlib.aclosing(stream) as values:
        async for value in values:
            if isinstance(value, Usage):
                finish = value.finish
            else:
                texts.append(value.text)
                asking.on_text(value.text)
    if finish == "cancelled":
        raise OperationCancelledError("It was cancelled, and nothing was changed.")
    return "".join(texts)


def _of_this_block(text: str, indent: str, header: str) -> str:
    """Return the lines up to the first that is indented less than the body, or that begins the function once more."""
    lines: list[str] = []
    for line in text.split("\n")[:_MOST_LINES]:
        if line.strip() == header or (lines and line.strip() and not line.startswith(indent)):
            break
        lines.append(line)
    return "\n".join(lines).rstrip()


def _longest_that_parses(place: Place, unit: Unit, edit: TextEdit) -> Plan:
    """Return the plan of as many whole lines as parse: an answer that ends in the middle is worth its beginning."""
    label, lines = f"Write the body of {unit.name}", edit.text.split("\n")
    tail = [] if place.language == "python" else [lines.pop()]
    while True:
        try:
            return trusted(place, [edit._replace(text="\n".join([*lines, *tail]))], label, (edit.start, edit.end))
        except ActionRefusedError:
            lines.pop()
            if not "".join(lines[1:]).strip():
                raise
