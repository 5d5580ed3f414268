"""Tools of MCP servers (T23): started from the user's configuration, pinned, ended with everything they started."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pylot.execution.files import Files
from pylot.policy.actions import CallTool
from pylot.tools.pins import Pins
from pylot.tools.registry import Registry
from pylot.tools.settings import ToolsSettings
from pylot.tools.surroundings import Surroundings
from pylot.tools.toolbox import Toolbox
from pylot.workspace.roots import Roots
from tests.support.sandboxes import running

SERVER = Path(__file__).parents[2] / "support" / "mcp_server.py"


async def _may_read(path: str) -> bool:
    return True


class Box:
    """A registry with one server, and an agent's toolbox over it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        server = {"command": sys.executable, "args": ["-I", str(SERVER)], "reads_only": ["add"], **settings}
        parsed = ToolsSettings.model_validate({"mcp": {"math": server}})
        self.registry = Registry(parsed, Pins(folder / "pins.json"), os.environ)
        self.folder = folder

    async def call(self, tool: str, arguments: dict[str, object]) -> CallTool:
        around = Surroundings(Files(Roots([self.folder])), self.folder, _may_read)
        action = await Toolbox(self.registry, "main", ("math_*",), around).action(tool, arguments)
        assert isinstance(action, CallTool)
        return action


@pytest.fixture
async def boxes(tmp_path: Path) -> AsyncIterator[Any]:
    made: list[Box] = []

    async def make(**settings: Any) -> Box:
        box = Box(tmp_path, **settings)
        made.append(box)
        await box.registry.load()
        return box

    yield make
    for box in made:
        await box.registry.close()


async def test_tools_are_listed_and_called(boxes: Any) -> None:
    box = await boxes()
    add = await box.call("math_add", {"a": 2, "b": 3})
    odd = await box.call("math_odd_name_", {})

    assert (add.executor, add.reads_only, odd.reads_only) == ("mcp", True, False)
    assert [spec.id for spec in box.registry.tools() if spec.executor == "mcp"] == ["math_add", "math_odd_name_"]
    assert (await box.registry.call(add, {})).text == "5"
    failed = await box.registry.call(odd, {})
    assert (failed.ok, failed.text, failed.error) == (False, "no\n[image]", "The tool has failed.")


async def test_nothing_of_the_folder_that_pylot_was_started_in_is_run(
    boxes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T8, T23: an editor starts Pylot in the workspace, where `python -m` would find a module of the repository's."""
    (tmp_path / "json.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    await boxes(command=sys.executable, args=["-m", "json.tool"], timeout_s=20)

    assert not (tmp_path / "sprung").exists()


async def test_a_tool_that_has_changed_is_asked_about_and_never_called_by_an_old_decision(
    boxes: Any, tmp_path: Path
) -> None:
    changed = tmp_path / "changed"
    settings = {"env": {"CHANGED": str(changed)}}
    box = await boxes(**settings)
    before = await box.call("math_add", {"a": 2, "b": 3})

    changed.touch()
    result = await box.registry.call(before, {})
    again = await boxes(**settings)
    after = await again.call("math_add", {"a": 2, "b": 3})

    assert result.error == "The tool has changed since this was decided: call it again."
    assert again.registry.notes == ("The tools of the server math have changed, so every call of them is asked about.",)
    assert (before.reads_only, after.reads_only) == (True, False)
    assert (before.has_changed, after.has_changed) == (False, True)
    assert before.pin != after.pin
    assert (await again.registry.call(after, {})).text == "5"


FAULTS = [
    ({"env": {"MODE": "die"}}, "The tool server has ended."),
    ({"env": {"MODE": "silent"}, "timeout_s": 1.0}, "The tool server did not answer within 1 seconds."),
]


@pytest.mark.parametrize(("settings", "sentence"), FAULTS)
async def test_a_server_that_fails_is_a_result(boxes: Any, settings: dict[str, Any], sentence: str) -> None:
    box = await boxes(**settings)

    assert (await box.registry.call(await box.call("math_add", {"a": 1, "b": 1}), {})).error == sentence


async def test_a_server_that_does_not_start_is_said(boxes: Any) -> None:
    box = await boxes(command="no-such-server", args=[])

    assert box.registry.notes == (
        "Tool server math: The tool server no-such-server cannot be started: No such file or directory.",
    )
    assert len(box.registry.tools()) > 5


async def test_what_a_server_has_started_ends_with_it(boxes: Any) -> None:
    mark = f"1357.{os.getpid()}"
    box = await boxes(env={"MODE": "spawn", "MARK": mark})
    await box.registry.close()

    assert any(not running(mark) for _ in range(10_000))


async def test_a_real_server(boxes: Any, tmp_path: Path) -> None:
    """The contract: a server made with the protocol's own package understands us, and we it (issue 9)."""
    pytest.importorskip("mcp")
    program = tmp_path / "server.py"
    program.write_text(REAL, encoding="utf-8")
    box = await boxes(command=sys.executable, args=[str(program)])
    call = await box.call("math_multiply", {"a": 6, "b": 7})
    refused = await box.call("math_refuse", {})

    assert (await box.registry.call(call, {})).text == "42"
    assert not (await box.registry.call(refused, {})).ok


REAL = '''
try:
    from mcp.server.mcpserver import MCPServer
except ImportError:
    from mcp.server.fastmcp import FastMCP as MCPServer

server = MCPServer("math")


@server.tool()
def multiply(a: int, b: int) -> int:
    """Multiply numbers."""
    return a * b


@server.tool()
def refuse() -> str:
    """Fail."""
    raise ValueError("no")


server.run(transport="stdio")
'''
