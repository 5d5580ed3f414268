"""One call of a tool of an installed package: reads its order from standard input, writes the answer as JSON.

Such a tool is a callable with the attributes `description` and `parameters` (a JSON Schema); it takes the arguments
and a context as two mappings and returns a JSON value, or a coroutine that does.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

GROUP = "pylot.tools"


def answer(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{description, parameters}`, `{result}` or `{error}`."""
    name = order.get("describe") or order.get("call") or ""
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        return {"error": f"No installed package has a tool {name}."}
    try:
        tool = found.load()
        if "describe" in order:
            return {"description": str(tool.description), "parameters": dict(tool.parameters)}
        result = tool(order["arguments"], order["context"])
        if inspect.isawaitable(result):
            result = asyncio.run(_awaited(result))
    except Exception as error:
        return {"error": f"The tool {name} has failed with {type(error).__name__}."}
    return {"result": result}


async def _awaited(result: Any) -> Any:
    return await result


def main() -> None:
    """Answer the one order; what the tool prints goes nowhere."""
    order = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        text = json.dumps(answer(order))
    except (TypeError, ValueError):
        text = json.dumps({"error": "The tool's answer is no JSON value."})
    out.write(text)
    out.close()


if __name__ == "__main__":
    main()
