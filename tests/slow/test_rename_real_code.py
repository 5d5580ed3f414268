"""Random renames in real code, checked by CPython's own compiler (L2; issue 8)."""

from __future__ import annotations

import ast
import random
import sysconfig
from pathlib import Path

from pylot.actions.edits import applied
from pylot.actions.rename import plan_rename
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.bindings import bindings_of_tree, parse_whole
from tests.support.python_scopes import fault

NEW = "renamed_by_the_test"


def test_renames_in_the_standard_library_are_right_or_refused() -> None:
    """What is done is right by CPython's tables and bytecode, and most of what can be asked for is done."""
    files = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    chance = random.Random(8)
    wrong, n_done, n_refused = [], 0, 0
    for file in chance.sample(files, 60):
        text = file.read_text(encoding="utf-8")
        for offset, name in names_of(text, chance):
            try:
                after = applied(text, plan_rename(text, "python", offset, NEW).edits)
            except ActionRefusedError:
                n_refused += 1
                continue
            n_done += 1
            ast.parse(after)
            if problem := fault(text, after, name, NEW):
                wrong.append(f"{file.name}:{text.count(chr(10), 0, offset) + 1} {name}: {problem}")

    assert wrong == []
    assert n_done > n_refused


def names_of(text: str, chance: random.Random) -> list[tuple[int, str]]:
    """Return a few places of names that the text defines outside of classes."""
    tree = parse_whole(text, "python")
    bindings = bindings_of_tree(tree) if tree else None
    found = [
        (chance.choice(binding.occurrences).start, binding.name)
        for (scope, _), binding in sorted(bindings.bindings.items())
        # What an import takes over keeps its name in the bytecode, so that cannot be compared.
        if scope >= 0 and bindings.scopes[scope].kind != "class" and binding.kind != "import"
    ] if bindings else []  # fmt: skip
    return chance.sample(found, min(5, len(found)))
