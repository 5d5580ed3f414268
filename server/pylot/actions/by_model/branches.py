"""Fill in the branches that a `match` or `switch` lacks: new branches are put in, old ones are never touched (K4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from pylot.actions.by_model.answers import code_pieces, dedented, indented
from pylot.actions.by_model.bodies import parsed_piece
from pylot.actions.by_model.branch_members import members_to_cover
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import indent_at, line_end, line_start
from pylot.actions.edits import TextEdit
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from pylot.syntax.code_nodes import CodeNode

_SWITCHES = ("match_statement", "switch_statement", "switch_expression", "expression_switch_statement",
             "type_switch_statement", "match_expression")  # fmt: skip
_BRANCHES = ("case_clause", "switch_case", "switch_default", "switch_block_statement_group", "switch_rule",
             "expression_case", "type_case", "default_case", "match_arm", "case_statement")  # fmt: skip
_DEFAULT = re.compile(r"(?:case\s+)?(?:_|default)\b\s*(?:->|=>|:|if\b)")
_PATTERN_ENDS = MappingProxyType({"python": ":", "rust": "=>"})


@dataclass(frozen=True, slots=True)
class _Switch:
    """A statement with its branches; `missing` are the members of its enum that have none, as far as that is known."""

    node: CodeNode
    branches: tuple[CodeNode, ...]
    missing: tuple[str, ...] = ()

    @property
    def patterns(self) -> frozenset[str]:
        """What the branches are for, without white space."""
        return frozenset(_pattern(each) for each in self.branches)


class FillBranches:
    """Offered within a `match` or `switch`, unless it is known to have every branch."""

    id = "fill-branches"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the statement around a place."""
        found = _switch_at(place)
        if found is not None:
            named = f" for {_listed(found.missing)}" if found.missing else ""
            yield Offer(f"Fill in the missing branches{named}", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the whole statement, of which only new branches will be taken."""
        found = _required(place)
        node = found.node
        missing = f"Missing are: {', '.join(found.missing)}." if found.missing else ""
        lines = place.text[line_start(place.text, node.start) : line_end(place.text, node.end)]
        values = {
            "language": place.language,
            "file": file_name(place),
            "context": fenced(quoted_around(place.text, node.start, node.end, around.room), place.language),
            "code": fenced(dedented(lines), place.language),
            "missing": missing,
        }
        return Ask("fill-branches", values)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Insert the new branches in front of the one for everything else, or behind the last."""
        found = _required(place)
        new = [text for pattern, text in _written(found, answer.text) if _is_new(pattern, found)]
        if not new:
            raise ModelAnswerError("The model wrote no branch that is not there yet.")
        indent = indent_at(place.text, found.branches[0].start)
        rest = next((each for each in found.branches if _is_default(each)), None)
        text = "\n".join(indented(dedented(each), indent) for each in new)
        if rest is not None:
            at = line_start(place.text, rest.start)
            edit = TextEdit(at, at, f"{text}\n")
        else:
            # Some grammars let a branch end where the next line begins.
            last = found.branches[-1]
            at = line_end(place.text, last.start + len(last.text.rstrip()))
            edit = TextEdit(at, at, f"\n{text}")
        return trusted(place, [edit], "Fill in the missing branches", (at, at))


def _switch_at(place: Place) -> _Switch | None:
    if place.code is None:
        return None
    node: CodeNode | None = place.code.smallest(place.start, place.end)
    while node is not None and node.type not in _SWITCHES:
        node = node.parent
    found = _read(node) if node is not None else None
    if found is None or len({line_start(place.text, each.start) for each in found.branches}) < len(found.branches):
        return None
    members = members_to_cover(place.code, sorted(_covered(found)))
    if not members:
        return None if any(_is_default(each) for each in found.branches) else found
    missing = tuple(each for each in members if re.sub(r"\s", "", each) not in _covered(found))
    return _Switch(found.node, found.branches, missing) if missing else None


def _required(place: Place) -> _Switch:
    found = _switch_at(place)
    if found is None:
        raise ActionRefusedError("There is no match or switch here that lacks a branch.")
    return found


def _read(node: CodeNode) -> _Switch | None:
    inside = [each for each in node.walk() if each.type in _BRANCHES and _owner(each) == node]
    return _Switch(node, tuple(inside)) if inside else None


def _owner(branch: CodeNode) -> CodeNode | None:
    around = branch.parent
    while around is not None and around.type not in _SWITCHES:
        around = around.parent
    return around


def _written(found: _Switch, answer: str) -> Iterator[tuple[str, str]]:
    """Yield pattern and text of every branch of the same kind of statement in an answer."""
    language = found.node.code.language
    for piece in code_pieces(answer):
        code = parsed_piece(piece, language)
        if code is None:
            continue
        for node in code.root.walk():
            switch = _read(node) if node.type == found.node.type else None
            for branch in switch.branches if switch else ():
                start = line_start(code.text, branch.start)
                yield _pattern(branch), code.text[start : branch.end].rstrip()


def _is_new(pattern: str, found: _Switch) -> bool:
    if pattern in found.patterns:
        return False
    allowed = {re.sub(r"\s", "", each) for each in found.missing}
    return not allowed or bool(allowed & set(pattern.split("|")))


def _covered(found: _Switch) -> frozenset[str]:
    return frozenset(part for pattern in found.patterns for part in pattern.split("|"))


def _pattern(branch: CodeNode) -> str:
    """Return what a branch is for, without white space and without the word `case`."""
    value = branch.field("pattern") or branch.field("value")
    if value is not None:
        return re.sub(r"\s", "", value.text)
    head = branch.text.split(_PATTERN_ENDS.get(branch.code.language, ":"), 1)[0].split("->", 1)[0]
    return re.sub(r"\s", "", head.strip().removeprefix("case"))


def _is_default(branch: CodeNode) -> bool:
    return branch.type in ("switch_default", "default_case") or _DEFAULT.match(branch.text) is not None


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
