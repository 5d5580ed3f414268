"""Tools of installed packages (C14): only entry points that the user names, each call in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pylot.kernel.errors import ToolError
from pylot.tools.python_tools import call_python_tool, describe_python_tool
from pylot.tools.settings import PythonToolSettings

PACKAGE = """
import sys


class Tool:
    description = "Doubles."
    parameters = {"type": "object", "properties": {"n": {"type": "integer"}}}

    def __call__(self, arguments, context):
        print("noise")
        if arguments["n"] < 0:
            raise ValueError("the secret of the user's")
        if arguments["n"] == 0:
            sys.exit(3)
        return self.later(arguments["n"]) if arguments["n"] > 10 else {"ok": True, "result": 2 * arguments["n"]}

    async def later(self, n):
        return {"twice": 2 * n}


double = Tool()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PythonToolSettings]:
    (tmp_path / "doubling.py").write_text(PACKAGE, encoding="utf-8")
    folder = tmp_path / "doubling-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: doubling\nVersion: 1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("[pylot.tools]\ndouble = doubling:double\n", encoding="utf-8")
    server = Path(__file__).parents[3] / "server"
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{server}")
    yield PythonToolSettings(entry_point="double", timeout_s=30)


async def test_a_tool_says_what_it_is(installed: PythonToolSettings) -> None:
    spec = await describe_python_tool("twice", installed)

    assert (spec.id, spec.description, spec.executor, spec.target) == ("twice", "Doubles.", "python", "double")


@pytest.mark.parametrize(
    ("n", "text", "error"),
    [
        (3, "6", ""),
        (30, '{\n "twice": 60\n}', ""),
        (-1, "", "The tool double has failed with ValueError."),
        (0, "", "The tool ended without an answer."),
    ],
)
async def test_a_call_has_a_result(installed: PythonToolSettings, n: int, text: str, error: str) -> None:
    result = await call_python_tool(installed, {"n": n}, {})

    assert (result.text, result.error) == (text, error)


async def test_a_module_is_no_tool(installed: PythonToolSettings) -> None:
    with pytest.raises(ToolError, match="No installed package has a tool os:system"):
        await describe_python_tool("evil", PythonToolSettings(entry_point="os:system"))
