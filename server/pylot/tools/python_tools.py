"""Tools of installed packages, each call in a process of its own (C14).

Only an entry point that the user's configuration names is loaded, never a path or a module of a project.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from pylot.kernel.errors import ToolError
from pylot.tools.results import ToolResult, failed, json_result
from pylot.tools.settings import PythonToolSettings
from pylot.tools.spec import ToolSpec

_MOST_BYTES = 4 << 20


async def describe_python_tool(name: str, settings: PythonToolSettings) -> ToolSpec:
    """Return what a package says of its tool; raises ToolError where there is none."""
    found = await _ask({"describe": settings.entry_point}, settings.timeout_s)
    schema, description = found.get("parameters"), found.get("description")
    if not isinstance(schema, dict) or not isinstance(description, str):
        raise ToolError(f"The entry point {settings.entry_point} is no tool.")
    return ToolSpec(
        id=name, name=name, description=description, input_schema=schema, executor="python",
        target=settings.entry_point, allowed_agents=settings.agents, reads_only=settings.reads_only,
    )  # fmt: skip


async def call_python_tool(
    settings: PythonToolSettings, arguments: Mapping[str, Any], context: Mapping[str, Any]
) -> ToolResult:
    """Call a tool; every failure is a result that says so."""
    order = {"call": settings.entry_point, "arguments": dict(arguments), "context": dict(context)}
    try:
        found = await _ask(order, settings.timeout_s)
    except ToolError as error:
        return failed(error.sentence)
    return json_result(found["result"]) if "result" in found else failed("The tool has failed.")


async def _ask(order: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
    # -P keeps the folder that this was started in off the search path.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "pylot.tools.python_worker", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(order).encode()), timeout_s)
        found = json.loads(output[:_MOST_BYTES])
    except TimeoutError as error:
        raise ToolError(f"The tool did not answer within {timeout_s:g} seconds.") from error
    except ValueError as error:
        raise ToolError("The tool ended without an answer.") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if not isinstance(found, dict) or "error" in found:
        raise ToolError(str(found.get("error")) if isinstance(found, dict) else "The tool ended without an answer.")
    return found
