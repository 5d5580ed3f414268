"""Random code actions in the files of a whole workspace, each change made in all of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pylot.actions.change_signature import ChangeSignature
from pylot.actions.checked import checked
from pylot.actions.edits import TextEdit, applied
from pylot.actions.member_rename import rename_member
from pylot.actions.offer import Offer, Place, Refactoring
from pylot.actions.refactorings import REFACTORINGS
from pylot.actions.rename import member_to_rename, plan_rename
from pylot.actions.workspace_code import WorkspaceCode
from pylot.actions.workspace_rename import changes_elsewhere
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import read_code_nodes
from pylot.syntax.symbols import read_symbols
from tests.support.random_actions import selections

_KINDS = {"extract-variable": "expression", "extract-function": "statements", "inline-variable": "name"}
RENAME = "rename"


@dataclass(frozen=True)
class Step:
    """One action that was tried: the texts that it changed, or the reason why it was refused."""

    action: str
    place: str
    changed: Mapping[str, str] = field(repr=False)
    refused: str = ""


class RandomWorkspace:
    """Files of Python that actions change; `texts` are those of now, by their paths."""

    def __init__(self, texts: Mapping[str, str], chance: random.Random) -> None:
        self.texts = dict(texts)
        self._chance = chance
        self._table = SymbolTable(None)
        self._n_names = 0
        for path, text in self.texts.items():
            self._table.open(path, read_symbols(text, "python"))

    def step(self, path: str) -> Step | None:
        """Try one action somewhere in a file; None where it has nothing to offer there."""
        code = read_code_nodes(self.texts[path], "python")
        assert code is not None
        action = self._chance.choice([*REFACTORINGS, None])
        spans = selections(code, self._chance, 1, _KINDS.get(action.id, "form") if action else "name")
        if not spans:
            return None
        start, end = spans[0]
        place = Place(code.text, "python", start, end, f"/w/{path}", code, in_package=self._is_in_package(path))
        line = code.text.count("\n", 0, start) + 1
        where = f"{path}:{line} {code.text[start : max(end, start + 20)][:60]!r}"
        offers = list(action.offers(place)) if action else [Offer("", "", RENAME)]
        offer = self._chance.choice(offers) if offers else None
        if offer is None or offer.refused:
            return Step(action.id if action else RENAME, where, {}, offer.refused) if offer else None
        try:
            edits = self._planned(path, place, offer, action)
        except ActionRefusedError as error:
            return Step(self._called(offer, place), where, {}, error.sentence)
        called = self._called(offer, place)
        changed = {each: applied(self.texts.get(each, ""), found) for each, found in edits.items()}
        changed = {each: text for each, text in changed.items() if self.texts.get(each) != text}
        self.texts |= changed
        for each, text in changed.items():
            self._table.open(each, read_symbols(text, "python"))
        return Step(called, where, changed) if changed else None

    def _called(self, offer: Offer, place: Place) -> str:
        is_member = offer.id == RENAME and member_to_rename(place.text, "python", place.start) is not None
        return "rename-member" if is_member else offer.id

    def _planned(
        self, path: str, place: Place, offer: Offer, action: Refactoring | None
    ) -> Mapping[str, tuple[TextEdit, ...]]:
        if action is None:
            return self._renamed(path, place)
        if isinstance(action, ChangeSignature) and action.reaches_out(place, offer):
            workspace = WorkspaceCode(self._table, self.texts.get, path, "python")
            found = action.plan_everywhere(place, offer, workspace)
            return {each or path: tuple(edits) for each, edits in found.items()}
        plan = checked(place, action.plan(place, offer))
        new = {each.path.removeprefix("/w/"): each.edits for each in plan.others}
        if new.keys() & self.texts.keys():
            raise ActionRefusedError("There is a file of this name already.")
        return {path: plan.edits, **new}

    def _renamed(self, path: str, place: Place) -> Mapping[str, tuple[TextEdit, ...]]:
        self._n_names += 1
        new_name = f"renamed_{self._n_names}"
        name = member_to_rename(place.text, "python", place.start)
        if name is not None:
            workspace = WorkspaceCode(self._table, self.texts.get, path, "python")
            return rename_member(workspace, workspace.code(path).smallest(name.start, name.end), new_name)
        plan = plan_rename(place.text, "python", place.start, new_name)
        elsewhere = changes_elsewhere(self._table, self.texts.get, path, "python", plan, new_name)
        return {path: plan.edits, **{each: file.edits for each, file in elsewhere.items()}}

    def _is_in_package(self, path: str) -> bool:
        return str(PurePosixPath(path).with_name("__init__.py")) in self.texts
