"""What a perfect model writes for real functions comes out as it was, and nothing else of the file changes (K4, L5)."""

from __future__ import annotations

import ast
import random
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.signature import documented, signature_of
from pylot.actions.by_model.task import Answer, Around
from pylot.actions.by_model.units import Unit, units_in
from pylot.actions.edits import applied
from pylot.actions.offer import Offer, Place
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import Code, read_code_nodes

_OFFER = Offer("", "", "")
_PER_FILE = 4


def python_files(n: int) -> list[Path]:
    files = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    return random.Random(8).sample(files, n)


def functions(code: Code, chance: random.Random) -> Iterator[Unit]:
    """Yield a few functions, in Python such as have their bodies on lines of their own."""
    found = [each for each in units_in(code) if each.kind == "function" and has_body(each) and not each.is_stub]
    found = [each for each in found if each.text.count("\n") < 40]
    yield from chance.sample(found, min(_PER_FILE, len(found)))


def has_body(unit: Unit) -> bool:
    if unit.body is None:
        return False
    text = unit.node.code.text
    is_own_line = not text[text.rfind("\n", 0, unit.body.start) + 1 : unit.body.start].strip()
    return is_own_line if unit.node.code.language == "python" else unit.body.text.startswith("{")


def tree_of(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.dump(ast.parse(text))


@pytest.mark.parametrize(
    "dressed", ["```python\n{}\n```", "Sure:\n\n```python\nimport os\n\n{}\n\nx = 1\n```\nDone.", "{}"]
)
def test_bodies_come_back_as_they_were(dressed: str) -> None:
    chance, wrong, n_done = random.Random(8), [], 0
    for file in python_files(60):
        text = file.read_text(encoding="utf-8")
        code = read_code_nodes(text, "python")
        assert code is not None
        for unit in functions(code, chance):
            first, last = unit.statements[0], unit.statements[-1]
            stubbed = f"{text[: first.start]}raise NotImplementedError{text[last.end :]}"
            place = Place(stubbed, "python", first.start, first.start, str(file), read_code_nodes(stubbed, "python"))
            plan = TASKS["write-body"].plan(place, _OFFER, Answer(dressed.format(unit.indent + unit.text)), Around())
            after = applied(stubbed, plan.edits)
            is_same = tree_of(after) == tree_of(text)
            if not (is_same and after.startswith(text[: unit.start]) and after.endswith(text[last.end :])):
                wrong.append(f"{file.name}: {unit.name}")
            n_done += 1

    assert wrong == []
    assert n_done > 100


def test_bodies_of_typescript_come_back_but_for_their_layout() -> None:
    chance, wrong, n_done = random.Random(8), [], 0
    for file in sorted((Path(__file__).parents[2] / "vscode-extension" / "src").glob("*.ts")):
        text = file.read_text(encoding="utf-8")
        code = read_code_nodes(text, "typescript")
        assert code is not None
        for unit in functions(code, chance):
            assert unit.body is not None
            start, end = unit.body.start + 1, unit.body.end - 1
            stubbed = f"{text[:start]} throw new Error('not implemented'); {text[end:]}"
            place = Place(stubbed, "typescript", start, start, str(file), read_code_nodes(stubbed, "typescript"))
            answer = Answer(f"```ts\n{unit.indent}{unit.text}\n```")
            after = applied(stubbed, TASKS["write-body"].plan(place, _OFFER, answer, Around()).edits)
            if not (after.split() == text.split() and after.startswith(text[:start]) and after.endswith(text[end:])):
                wrong.append(f"{file.name}: {unit.name}")
            n_done += 1

    assert wrong == []
    assert n_done > 40


def test_documentation_changes_nothing_but_documentation() -> None:
    chance, wrong, n_done, n_refused = random.Random(8), [], 0, 0
    for file in python_files(60):
        text = file.read_text(encoding="utf-8")
        code = read_code_nodes(text, "python")
        assert code is not None
        for unit in functions(code, chance):
            signature = signature_of(unit)
            words = {
                "summary": 'Say "it" \\ here',
                "parameters": {each.name: "One." for each in signature.parameters},
                "returns": "Two.",
                "raises": dict.fromkeys(signature.raises, "Three."),
            }
            place = Place(text, "python", unit.node.start, unit.node.start, str(file), code)
            try:
                plan = TASKS["document"].plan(place, _OFFER, Answer(value=words), Around())
            except ActionRefusedError:
                n_refused += 1
                continue
            after = applied(text, plan.edits)
            again = read_code_nodes(after, "python")
            docs = [it for it in units_in(again) if it.name == unit.name and documented(it)] if again else []
            if without_docstrings(after) != without_docstrings(text) or not docs:
                wrong.append(f"{file.name}: {unit.name}")
            n_done += 1

    assert wrong == []
    assert n_done > 100
    assert n_refused < n_done // 10


def without_docstrings(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
