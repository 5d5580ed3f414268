"""`pylot status`: the running engines and index workers of this user."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pylot.cli.index_report import describe, running_workers
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.engine.client import EngineClient
from pylot.engine.messages import ENGINE
from pylot.ipc.endpoint import Endpoint
from pylot.kernel.errors import PylotError
from pylot.storage.directories import find_directories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what runs and what it is doing."""
    runtime = find_directories().runtime
    models = {path.stem: path.read_text() for path in sorted(runtime.glob("engine-*.label"))}
    engines, indexes = asyncio.run(_both(runtime, models))
    if arguments.json:
        print_json({"engines": engines, "indexes": indexes})
        return 0
    if not engines:
        print_lines("No engine is running; an editor starts one with the first suggestion.")
    for engine in engines:
        busy = f"{engine['jobs']} at work" if engine["jobs"] else "idle"
        print_lines(
            paint(Path(str(engine["model"])).name, "bold"),
            f"  process {engine['pid']}, {engine['clients']} editor windows, {busy}, "
            f"{engine['finished']} requests done, {engine['cached_tokens']} of {engine['cells']} tokens cached",
        )
    for index in indexes:
        print_lines(
            paint(f"Index of {index['root']}", "bold"),
            f"  process {index['pid']}, {index['clients']} editor windows, {describe(index)}",
        )
    return 0


async def _both(runtime: Path, models: Mapping[str, str]) -> tuple[list[dict[str, object]], list[dict[str, Any]]]:
    return await _engines(runtime, models), await running_workers(runtime)


async def _engines(runtime: Path, models: Mapping[str, str]) -> list[dict[str, object]]:
    found = []
    for key, model in models.items():
        endpoint = Endpoint(ENGINE, runtime, key)
        try:
            client = await EngineClient.connect(endpoint)
            status = await client.status()
        except PylotError:
            continue
        found.append(
            {
                "model": model,
                "pid": status["pid"],
                # This command's own connection is none of the editors'.
                "clients": status["clients"] - 1,
                "jobs": status["jobs"],
                "finished": status["finished"],
                "cached_tokens": sum(entry["tokens"] for entry in status["sequences"]),
                "cells": status["cells"],
            }
        )
        await client.close()
    return found
