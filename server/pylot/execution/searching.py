"""Searching the workspace's files by words or by a regular expression."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pylot.execution.launching import PACKAGES
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ExecutionError
from pylot.kernel.pacing import paced
from pylot.kernel.shown_text import visible
from pylot.workspace.exclusion import ExclusionGate, Purpose
from pylot.workspace.roots import Roots
from pylot.workspace.walk import read_allowed, walk

MOST_HITS = 200
_SECONDS = 20.0
_LARGEST_FILE = 1 << 20

_START = "import sys; sys.path.append(sys.argv[1]); from pylot.execution.inside.grep import main; main()"


async def search_text(query: str, *, is_regex: bool, roots: Roots, gate: ExclusionGate, near: Path | None) -> str:
    """Return lines `path:line: text` that a text or a regular expression of Python's stands in.

    `near` narrows the search to a file or a folder.
    It is done in a process of its own, because there are expressions that never end.

    Raises ExecutionError for an expression that is none, or takes too long.
    """
    files = await asyncio.to_thread(_files, roots, gate, near)
    hits = await _grep(query, is_regex, files)
    # A file may hold a secret although its name says nothing of one.
    allowed = {
        path: await asyncio.to_thread(read_allowed, Path(path), gate, _LARGEST_FILE) is not None
        for path in dict.fromkeys(hit[0] for hit in hits)
    }
    lines = [f"{_shown(path, roots)}:{line}: {text}" for path, line, text in hits if allowed[path]]
    if not lines:
        return "Nothing found."
    if len(hits) >= MOST_HITS:
        lines.append(f"[the first {MOST_HITS}; there may be more]")
    return "\n".join(lines)


def _files(roots: Roots, gate: ExclusionGate, near: Path | None) -> list[str]:
    found = [near] if near and near.is_file() else walk(roots, gate, near or roots.folders[0])
    inside = (path for path in paced(found, SystemClock()) if near is None or path.is_relative_to(near))
    return [str(path) for path in inside if gate.decide(str(path), None, purpose=Purpose.DISK) is None]


async def _grep(query: str, is_regex: bool, files: Sequence[str]) -> list[tuple[str, int, str]]:
    order = {"query": query, "regex": is_regex, "files": list(files), "most": MOST_HITS, "largest": _LARGEST_FILE}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c", _START, PACKAGES,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(order).encode()), _SECONDS)
    except TimeoutError as error:
        raise ExecutionError("The search took too long: make the expression simpler.") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise ExecutionError("The search ended without an answer.") from error
    if "error" in answer:
        raise ExecutionError(f"This is no regular expression: {answer['error']}.")
    return [(str(path), int(line), str(text)) for path, line, text in answer["hits"]]


def _shown(path: str, roots: Roots) -> str:
    root = roots.containing(Path(path))
    return visible(Path(path).relative_to(root).as_posix() if root else path, line_ends=False)
