"""A real engine that may have only so much memory, as `ulimit -v` or a container limits it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pylot.engine import launcher
from pylot.engine.process import EngineOptions

SERVER = Path(launcher.__file__).parents[2]

_SCRIPT = """
import asyncio, json, resource, sys
from pathlib import Path
from pylot.engine.jobs import GenerateParameters, Priority, TextPiece
from pylot.engine.launcher import connect_or_start
from pylot.engine.process import EngineOptions
from pylot.kernel.errors import PylotError

async def main():
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), resource.RLIM_INFINITY))
    options = EngineOptions.from_json(sys.argv[2])
    run = Path(sys.argv[3])
    try:
        client = await connect_or_start(options, run, run)
    except PylotError as error:
        return {"kind": type(error).__name__, "sentence": error.sentence}
    prompt = GenerateParameters(prompt=[TextPiece("def main():")], max_tokens=4)
    events = [event async for event in client.generate(prompt, Priority.COMPLETION)]
    peak = (await client.status())["peak_bytes"]
    await client.close()
    return {"n_ctx": client.facts.n_ctx, "notes": client.facts.notes, "done": events[-1]["done"], "peak": peak}

print(json.dumps(asyncio.run(main())))
"""


def start_within(limit: int, options: EngineOptions, run: Path) -> dict[str, Any]:
    """Start an engine whose address space is limited, complete something, and return what became of it."""
    command = [sys.executable, "-c", _SCRIPT, str(limit), options.to_json(), str(run)]
    environment = {**os.environ, "PYTHONPATH": str(SERVER), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
