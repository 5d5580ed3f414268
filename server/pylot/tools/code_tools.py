"""The tools that change code as a program works it out: what a call of each comes to (C18, L2)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from pylot.actions.checked import checked
from pylot.actions.edits import applied
from pylot.actions.extract_function import ExtractFunction
from pylot.actions.extract_variable import ExtractVariable
from pylot.actions.inline_function import InlineFunction
from pylot.actions.inline_variable import InlineVariable
from pylot.actions.offer import Offer, Place, Refactoring
from pylot.actions.rename import plan_rename
from pylot.kernel.errors import ActionRefusedError
from pylot.policy.actions import Action, WriteFile
from pylot.syntax.code_nodes import read_code_nodes
from pylot.syntax.languages import detected_language
from pylot.text.lines import split_lines
from pylot.tools.arguments import ExtractArguments, InlineArguments, RenameArguments
from pylot.tools.ports import SeenFile
from pylot.tools.surroundings import Surroundings


async def rename_symbol(call: RenameArguments, around: Surroundings) -> Action:
    """Rename by scopes, or not at all, so that nothing comes to mean something else."""
    now = await around.file_to_change(call.path)
    offset = _named_at(now.text, call.path, call.line, call.name)
    plan = plan_rename(now.text, detected_language(call.path, now.text), offset, call.new_name)
    if plan.concerns_others:
        raise ActionRefusedError(f"Other files may use {call.name}: find them with search_files, and edit each.")
    return WriteFile(path=call.path, before_hash=now.content_hash, text=applied(now.text, plan.edits))


async def extract_code(call: ExtractArguments, around: Surroundings) -> Action:
    """Give a piece of code a name, or refuse where that is not certain to do the same."""
    return await asyncio.to_thread(_extracted, call, await around.file_to_change(call.path), around)


async def inline_symbol(call: InlineArguments, around: Surroundings) -> Action:
    """Do without a name, or refuse where that is not certain to do the same."""
    return await asyncio.to_thread(_inlined, call, await around.file_to_change(call.path), around)


def place_in(path: str, now: SeenFile, around: Surroundings, start: int, end: int) -> Place:
    """Return a range of a file as code actions take it."""
    language = detected_language(path, now.text)
    return Place(now.text, language, start, end, str(around.root / path), read_code_nodes(now.text, language))


def _extracted(call: ExtractArguments, now: SeenFile, around: Surroundings) -> Action:
    place = place_in(call.path, now, around, *_range_of(call, now.text))
    tool: Refactoring = ExtractVariable() if call.into == "variable" else ExtractFunction()
    offers = list(tool.offers(place))
    if not offers:
        raise ActionRefusedError(f"This is no expression, and not whole statements, that can become a {call.into}.")
    wanted = f"{tool.id}/all" if call.everywhere else tool.id
    offer = next((offer for offer in offers if offer.id == wanted), offers[0])
    return _made(tool, replace(offer, data={"name": call.name}), place, call.path, now)


def _inlined(call: InlineArguments, now: SeenFile, around: Surroundings) -> Action:
    start = _named_at(now.text, call.path, call.line, call.name)
    place = place_in(call.path, now, around, start, start)
    tools: tuple[Refactoring, ...] = (InlineVariable(), InlineFunction())
    found = [(tool, offer) for tool in tools for offer in tool.offers(place)]
    if not found:
        raise ActionRefusedError(f"{call.name} is no variable or function that can be inlined.")
    tool, offer = next(((tool, offer) for tool, offer in found if not offer.refused), found[0])
    return _made(tool, offer, place, call.path, now)


def _made(tool: Refactoring, offer: Offer, place: Place, path: str, now: SeenFile) -> Action:
    if offer.refused:
        raise ActionRefusedError(offer.refused)
    plan = checked(place, tool.plan(place, offer))
    return WriteFile(
        path=path, before_hash=now.content_hash, text=applied(now.text, plan.edits), note=f"{offer.title}."
    )


def _named_at(text: str, path: str, line: int, name: str) -> int:
    """Return where a line names something."""
    start, end = _lines(text, line, line)
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text[start:end])
    if found is None:
        raise ActionRefusedError(f"Line {line} of {path} does not name {name}.")
    return start + found.start()


def _range_of(call: ExtractArguments, text: str) -> tuple[int, int]:
    start, end = _lines(text, call.start_line, max(call.end_line or 0, call.start_line))
    if not call.code:
        return start, end
    n_found = text.count(call.code, start, end)
    if n_found == 0 or (n_found > 1 and not call.everywhere):
        often = "does not stand" if n_found == 0 else "stands more than once"
        raise ActionRefusedError(f"The code {often} in these lines.")
    at = text.index(call.code, start, end)
    return at, at + len(call.code)


def _lines(text: str, first: int, last: int) -> tuple[int, int]:
    """Return where lines begin and end, their white space and line break left out."""
    lines = split_lines(text)
    if first > len(lines):
        raise ActionRefusedError(f"The file has {len(lines)} lines only.")
    chosen = "".join(lines[first - 1 : last])
    start = sum(map(len, lines[: first - 1])) + len(chosen) - len(chosen.lstrip())
    return start, start + len(chosen.strip())
