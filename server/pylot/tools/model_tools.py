"""The tools that let a model write code into a frame that a program makes: what a call of each comes to (C18, L4, L5).

The model is asked before anybody is asked about the change, so that what is shown is what will be written.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from pylot.actions.by_model.units import Unit, unit_of, units_in
from pylot.actions.checked import checked
from pylot.actions.edits import applied
from pylot.actions.offer import OtherFile, Place
from pylot.kernel.errors import ActionRefusedError
from pylot.policy.actions import Action, WriteFile
from pylot.tools.arguments import SymbolArguments
from pylot.tools.code_tools import place_in
from pylot.tools.ports import SeenFile
from pylot.tools.surroundings import Surroundings

_MOST_LINES_NAMED = 5


async def generate_tests(call: SymbolArguments, around: Surroundings) -> Action:
    """Let a model write tests, where the project keeps them; nothing is run."""
    return await _written("write-tests", call, around)


async def generate_docs(call: SymbolArguments, around: Surroundings) -> Action:
    """Let a model write documentation in the project's style, to exactly the signature that is there."""
    return await _written("document", call, around)


async def _written(task: Literal["write-tests", "document"], call: SymbolArguments, around: Surroundings) -> Action:
    if around.writer is None:
        raise ActionRefusedError("No model can be asked for this here.")
    now = await around.file_to_change(call.path)
    place = await asyncio.to_thread(_place_of, call, now, around)
    plan = await around.writer.plan(task, place, around.record)
    await asyncio.to_thread(checked, place, plan)
    if plan.others:
        [other] = plan.others
        return await _other(other, around, plan.label)
    return WriteFile(
        path=call.path, before_hash=now.content_hash, text=applied(now.text, plan.edits), note=f"{plan.label}."
    )


async def _other(other: OtherFile, around: Surroundings, label: str) -> Action:
    """Return the change of another file than the one that was named."""
    whole = Path(other.path)
    path = whole.relative_to(around.root).as_posix() if whole.is_relative_to(around.root) else other.path
    now = await around.files.read(path)
    if (now.text if now else None) != other.text:
        raise ActionRefusedError(f"{path} has changed meanwhile: try again.")
    text = applied(other.text or "", other.edits)
    return WriteFile(path=path, before_hash=now.content_hash if now else None, text=text, note=f"{label}.")


def _place_of(call: SymbolArguments, now: SeenFile, around: Surroundings) -> Place:
    """Return a cursor in the definition that a call names."""
    place = place_in(call.path, now, around, 0, 0)
    if place.code is None:
        raise ActionRefusedError(f"Pylot cannot read the code of {call.path}.")
    named = {unit.node.start: unit for unit in units_in(place.code) if _qualified(unit).endswith(f".{call.name}")}
    found = {_line_of(now.text, unit.start): unit for unit in named.values()}
    if call.line is not None:
        found = {at: unit for at, unit in found.items() if at <= call.line <= _line_of(now.text, unit.end)}
    if not found:
        raise ActionRefusedError(f"{call.path} defines no function or class {call.name} there.")
    if len(found) > 1:
        lines = ", ".join(map(str, sorted(found)[:_MOST_LINES_NAMED]))
        raise ActionRefusedError(f"{call.path} defines {call.name} several times: name one of the lines {lines}.")
    [unit] = found.values()
    start = (unit.node.field("name") or unit.node).start
    return Place(place.text, place.language, start, start, place.path, place.code)


def _qualified(unit: Unit) -> str:
    """Return a unit's name behind those of the units around it, each with a dot in front."""
    names = [unit.name]
    around = unit.outer.parent
    while around is not None:
        if (outer := unit_of(around)) is not None and outer.node.start != unit.node.start:
            names.insert(0, outer.name)
            around = outer.outer
        around = around.parent
    return "".join(f".{name}" for name in names)


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
