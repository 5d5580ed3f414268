"""What a call of a tool would do, and who may call which (C1 to C5, C8, C12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pylot.execution.files import Files
from pylot.kernel.errors import ActionRefusedError, PylotError
from pylot.policy.actions import (
    Action,
    CallTool,
    DeleteFile,
    ListFolder,
    ReadFile,
    ReadGit,
    RunCommand,
    RunTests,
    SearchFiles,
    WriteFile,
)
from pylot.text.file_encoding import content_hash
from pylot.tools.builtin import BUILT_IN
from pylot.tools.pins import Pins
from pylot.tools.registry import Registry
from pylot.tools.settings import ToolsSettings
from pylot.tools.spec import ToolSpec, may_call, unknown_tools
from pylot.tools.surroundings import Surroundings
from pylot.tools.toolbox import Toolbox
from pylot.workspace.roots import Roots

ALL = tuple(tool.id for tool in BUILT_IN)
LOCAL = "def f():\n    total = 1\n    return total\n"
OLD = "def f():\n    return 1\n"
HTTP = {"url": "http://localhost:1/", "description": "Counts.", "reads_only": True,
        "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    folder.mkdir()
    (folder / "a.py").write_text(OLD, encoding="utf-8")
    (folder / "local.py").write_text(LOCAL, encoding="utf-8")
    (folder / "crlf.txt").write_bytes(b"one\r\ntwo\r\n")
    (folder / "conftest.py").write_text("", encoding="utf-8")
    return folder


async def toolbox(root: Path, named: tuple[str, ...] = ALL, agent: str = "main", **http: Any) -> Toolbox:
    registry = Registry(ToolsSettings.model_validate({"http": http}), Pins(root.parent / "pins.json"), {})
    await registry.load()
    return Toolbox(registry, agent, named, Surroundings(Files(Roots([root])), root, _may_read))


async def _may_read(path: str) -> bool:
    return not path.startswith(".env")


CALLS: list[tuple[str, dict[str, object], Action]] = [
    ("file_read", {"path": "a.py"}, ReadFile(path="a.py")),
    ("code_outline", {"path": "a.py"}, ReadFile(path="a.py", view="outline")),
    (
        "rename_symbol",
        {"path": "local.py", "line": 2, "name": "total", "new_name": "amount"},
        WriteFile(path="local.py", before_hash=content_hash(LOCAL.encode()), text=LOCAL.replace("total", "amount")),
    ),
    ("file_read", {"path": "a.py", "start_line": 2}, ReadFile(path="a.py", start_line=2)),
    ("list_dir", {}, ListFolder(path=".")),
    ("search_files", {"query": "f", "mode": "regex"}, SearchFiles(query="f", mode="regex")),
    ("file_delete", {"path": "a.py"}, DeleteFile(path="a.py", before_hash=content_hash(OLD.encode()))),
    ("file_delete", {"path": "nothing.py"}, DeleteFile(path="nothing.py")),
    ("file_write", {"path": "b.py", "content": "x = 1\n"}, WriteFile(path="b.py", before_hash=None, text="x = 1\n")),
    (
        "file_write",
        {"path": "crlf.txt", "content": "three\n"},
        WriteFile(path="crlf.txt", before_hash=content_hash(b"one\r\ntwo\r\n"), text="three\r\n"),
    ),
    (
        "edit_file",
        {"path": "a.py", "edits": [{"search": "return 1", "replace": "return 2"}]},
        WriteFile(path="a.py", before_hash=content_hash(OLD.encode()), text=OLD.replace("1", "2")),
    ),
    (
        "shell_exec_safe",
        {"command": "ls | wc -l", "timeout_s": "5"},
        RunCommand(line="ls | wc -l", timeout_s=5.0),
    ),
    ("shell_exec_safe", {"command": "git log -n 1"}, ReadGit(args=("log", "-n", "1"))),
    (
        "run_tests",
        {"targets": "test_a.py test_b.py"},
        RunTests(argv=("python3", "-m", "pytest", "-q", "test_a.py", "test_b.py")),
    ),
    ("git_read", {"args": ["log", "-n", "1"]}, ReadGit(args=("log", "-n", "1"))),
    ("git_read", {"args": "git diff --stat"}, ReadGit(args=("diff", "--stat"))),
]


@pytest.mark.parametrize(("tool", "arguments", "action"), CALLS)
async def test_a_call_becomes_an_action(root: Path, tool: str, arguments: dict[str, object], action: Action) -> None:
    assert await (await toolbox(root)).action(tool, arguments) == action


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("file_read", {}, "path"),
    ("file_read", {"path": 1}, "path"),
    ("file_read", {"path": "a.py", "rm": "-rf"}, "rm"),
    ("search_files", {"query": "x", "mode": "magic"}, "mode"),
    ("edit_file", {"path": "missing.py", "edits": [{"search": "a", "replace": "b"}]}, "There is no file"),
    ("edit_file", {"path": "a.py", "edits": [{"search": "nowhere", "replace": "b"}]}, "no place"),
    ("edit_file", {"path": "a.py", "edits": [{"search": "return 1", "replace": "return 1"}]}, "change nothing"),
    ("edit_file", {"path": "a.py", "edits": []}, "edits"),
    ("edit_file", {"path": ".env", "edits": [{"search": "KEY", "replace": "b"}]}, "not read without asking"),
    ("edit_file", {"path": ".env.missing", "edits": [{"search": "KEY", "replace": "b"}]}, "not read without asking"),
    ("unknown", {}, "There is no tool"),
]


@pytest.mark.parametrize(("tool", "arguments", "says"), REFUSED)
async def test_what_makes_no_sense_is_said(root: Path, tool: str, arguments: dict[str, object], says: str) -> None:
    with pytest.raises(PylotError, match=says):
        await (await toolbox(root)).action(tool, arguments)


@pytest.mark.parametrize(
    ("allowed", "named", "may"),
    [
        (None, ("tool",), True),
        (None, ("to*",), True),
        (None, (), False),
        (("main",), ("tool",), True),
        (("other",), ("tool",), False),
        ((), ("tool",), False),
    ],
)
def test_an_agent_has_the_tools_that_its_blueprint_names(
    allowed: tuple[str, ...] | None, named: tuple[str, ...], may: bool
) -> None:
    spec = ToolSpec(id="tool", name="tool", description="", input_schema={}, allowed_agents=allowed)

    assert may_call(spec, "main", named) is may


@pytest.mark.parametrize(
    ("named", "unknown"),
    [(("file_read", "file_*", "coder"), []), (("file_reed", "*_math"), ["file_reed", "*_math"]), ((), [])],
)
def test_a_name_that_is_no_tool_is_told(named: tuple[str, ...], unknown: list[str]) -> None:
    """A misspelt tool would be one that the agent silently lacks (C12)."""
    said = unknown_tools([tool.spec for tool in BUILT_IN], {"main": named, "coder": ("file_read",)})

    assert [sentence.split("'")[1] for sentence in said] == unknown


async def test_a_tool_that_an_agent_does_not_have_is_no_tool(root: Path) -> None:
    box = await toolbox(root, ("file_read",))

    assert [tool.name for tool in box.tools()] == ["file_read"]
    with pytest.raises(ActionRefusedError, match="There is no tool file_write; there are file_read"):
        await box.action("file_write", {"path": "a", "content": ""})


async def test_a_call_of_the_users_tool_is_checked_and_pinned(root: Path) -> None:
    box = await toolbox(root, ("count",), count=HTTP)
    call = await box.action("count", {"n": 3})
    other = await (await toolbox(root, ("count",), count={**HTTP, "description": "Else."})).action("count", {"n": 3})

    assert isinstance(call, CallTool)
    assert isinstance(other, CallTool)
    assert (call.tool_id, call.arguments, call.executor, call.reads_only) == ("count", {"n": 3}, "http", True)
    assert len(call.pin) == 64
    assert call.pin != other.pin
    for arguments in ({}, {"n": "three"}):
        with pytest.raises(ActionRefusedError, match="do not fit"):
            await box.action("count", arguments)


async def test_a_tool_cannot_take_the_name_of_another(root: Path) -> None:
    registry = Registry(ToolsSettings.model_validate({"http": {"file_read": HTTP}}), Pins(root / "pins"), {})
    await registry.load()

    assert registry.notes == ("There are two tools file_read; the second one is left out.",)
    assert next(spec for spec in registry.tools() if spec.id == "file_read").executor == "builtin"


@pytest.mark.parametrize("tool", BUILT_IN, ids=lambda tool: tool.id)
def test_schemas_are_small_and_plain(tool: Any) -> None:
    """T10: no references, no unions, no titles."""
    schema = tool.spec.input_schema

    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    text = str(schema)
    assert not [word for word in ("$ref", "$defs", "anyOf", "'title'", "None") if word in text]
    assert len(text) < 900
