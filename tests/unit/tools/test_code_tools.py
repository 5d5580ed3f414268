"""Calls that change code as a program or a model works it out: the whole text that would be written (C18, L2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pylot.actions.edits import TextEdit
from pylot.actions.offer import OtherFile, Place, Plan
from pylot.execution.files import Files
from pylot.journal.events import AnyEvent, ModelCallFinished
from pylot.kernel.errors import ActionRefusedError
from pylot.policy.actions import WriteFile
from pylot.text.file_encoding import content_hash
from pylot.tools.builtin import BUILT_IN
from pylot.tools.pins import Pins
from pylot.tools.ports import Record
from pylot.tools.registry import Registry
from pylot.tools.settings import ToolsSettings
from pylot.tools.surroundings import Surroundings
from pylot.tools.toolbox import Toolbox
from pylot.workspace.roots import Roots

CODE = """class Cart:
    def total(self, prices):
        tax = self.rate * 2
        amount = sum(prices)
        return amount * tax + len(prices) - amount * tax


def total():
    start = 1
    return start + 1


@cached
def once(x):
    return x
"""
METHOD = "    def _tax(self):\n        tax = self.rate * 2\n        return tax\n"


@dataclass
class Writer:
    """A model's code, without the model."""

    made: Plan
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def plan(self, task: str, place: Place, record: Record) -> Plan:
        self.asked.append((task, place.text[place.start :].split("(")[0]))
        await record(ModelCallFinished(role="coder", total_tokens=7))
        return self.made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "cart.py").write_text(CODE, encoding="utf-8")
    return tmp_path.resolve()


async def toolbox(root: Path, writer: Writer | None = None) -> Toolbox:
    registry = Registry(ToolsSettings(), Pins(root / "pins.json"), {})
    await registry.load()

    async def may_read(path: str) -> bool:
        return path != "hidden.py"

    return Toolbox(
        registry,
        "main",
        tuple(tool.id for tool in BUILT_IN),
        Surroundings(Files(Roots([root])), root, may_read, writer),
    )


def extract(into: str, start: int, end: int | None = None, **more: object) -> dict[str, object]:
    return {"path": "cart.py", "into": into, "start_line": start, "end_line": end, **more}


CHANGED: list[tuple[str, dict[str, object], list[tuple[str, str]], str]] = [
    (
        "extract_code",
        extract("variable", 5, code="len(prices)", name="count"),
        [("return amount * tax + len(prices)", "count = len(prices)\n        return amount * tax + count")],
        "Extract variable.",
    ),
    (
        "extract_code",
        extract("variable", 5, code="amount * tax", name="taxed", everywhere=True),
        [
            ("        return amount * tax +", "        taxed = amount * tax\n        return taxed +"),
            ("- amount * tax", "- taxed"),
        ],
        "Extract variable, replacing all 2 occurrences.",
    ),
    (
        "extract_code",
        extract("function", 3, name="_tax"),
        [
            ("        tax = self.rate * 2\n", "        tax = self._tax()\n"),
            ("- amount * tax\n", "- amount * tax\n\n" + METHOD),
        ],
        "Extract method.",
    ),
    (
        "inline_symbol",
        {"path": "cart.py", "line": 9, "name": "start"},
        [("    start = 1\n    return start + 1", "    return 1 + 1")],
        "Inline variable start.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "changes", "note"), CHANGED)
async def test_a_program_works_the_change_out(
    root: Path, tool: str, arguments: dict[str, object], changes: list[tuple[str, str]], note: str
) -> None:
    text = CODE
    for before, after in changes:
        assert text.count(before) == 1
        text = text.replace(before, after)
    expected = WriteFile(path="cart.py", before_hash=content_hash(CODE.encode()), text=text, note=note)

    assert await (await toolbox(root)).action(tool, arguments) == expected


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("extract_code", extract("variable", 5, code="amount * tax", name="n"), "stands more than once"),
    ("extract_code", extract("variable", 5, code="nothing", name="n"), "does not stand"),
    ("extract_code", extract("variable", 5, code="len(prices)", name="amount"), "The name amount is taken"),
    ("extract_code", extract("variable", 5, code="len(prices)", name="a b"), "not a name"),
    ("extract_code", extract("function", 2, 3, name="f"), "not whole statements"),
    ("extract_code", extract("function", 99, name="f"), "lines only"),
    ("extract_code", {**extract("function", 3, name="f"), "path": "hidden.py"}, "not read without asking"),
    ("inline_symbol", {"path": "cart.py", "line": 9, "name": "stop"}, "does not name stop"),
    ("inline_symbol", {"path": "cart.py", "line": 8, "name": "total"}, "Others may use this function"),
    ("generate_docs", {"path": "cart.py", "name": "total"}, "several times: name one of the lines 2, 8"),
    ("generate_docs", {"path": "cart.py", "name": "Basket.total"}, "defines no function or class"),
    ("generate_docs", {"path": "cart.py", "name": "total", "line": 4}, "No model"),
]


@pytest.mark.parametrize(("tool", "arguments", "says"), REFUSED)
async def test_what_is_not_certain_is_refused(root: Path, tool: str, arguments: dict[str, object], says: str) -> None:
    writer = None if says == "No model" else Writer(Plan(()))
    with pytest.raises(ActionRefusedError, match=says):
        await (await toolbox(root, writer)).action(tool, arguments)


@pytest.mark.parametrize(
    ("named", "cursor"),
    [({"name": "total", "line": 4}, "total"), ({"name": "Cart.total"}, "total"), ({"name": "once"}, "once")],
)
async def test_a_model_documents_what_is_named(root: Path, named: dict[str, object], cursor: str) -> None:
    """What it cost is written down with the call."""
    at = CODE.index("    start = 1")
    writer, told = Writer(Plan((TextEdit(at, at, '    """Sum."""\n'),), "Document it")), list[AnyEvent]()

    async def record(*events: AnyEvent) -> None:
        told.extend(events)

    action = await (await toolbox(root, writer)).action("generate_docs", {"path": "cart.py", **named}, record)

    text = CODE.replace("    start = 1", '    """Sum."""\n    start = 1')
    assert action == WriteFile(path="cart.py", before_hash=content_hash(CODE.encode()), text=text, note="Document it.")
    assert writer.asked == [("document", cursor)]
    assert told == [ModelCallFinished(role="coder", total_tokens=7)]


@pytest.mark.parametrize("there", [None, "import cart\n"])
async def test_tests_are_written_where_the_project_keeps_them(root: Path, there: str | None) -> None:
    path, at = root / "test_cart.py", len(there or "")
    if there is not None:
        path.write_text(there, encoding="utf-8")
    file = OtherFile(str(path), there, (TextEdit(at, at, "def test_once(): ...\n"),))
    box = await toolbox(root, Writer(Plan((), "Write 1 test for once, not run yet", (file,))))
    action = await box.action("generate_tests", {"path": "cart.py", "name": "once"})

    assert action == WriteFile(
        path="test_cart.py",
        before_hash=None if there is None else content_hash(there.encode()),
        text=f"{there or ''}def test_once(): ...\n",
        note="Write 1 test for once, not run yet.",
    )


async def test_a_test_file_that_came_meanwhile_is_left_alone(root: Path) -> None:
    box = await toolbox(root, Writer(Plan((), "", (OtherFile(str(root / "cart.py"), None, (TextEdit(0, 0, "x"),)),))))
    with pytest.raises(ActionRefusedError, match="changed meanwhile"):
        await box.action("generate_tests", {"path": "cart.py", "name": "once"})
