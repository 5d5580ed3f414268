"""How long the language server's event loop is held up while somebody types and a workspace is read."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import sysconfig
import time
from itertools import cycle, islice
from pathlib import Path

from pylot.app.session import Session
from pylot.completion.values import CompletionRequest
from pylot.lsp.quick_turns import allow_quick_turns
from pylot.text.document_text import Edit
from pylot.text.positions import PositionEncoding
from tests.support.editor import Home
from tests.support.random_gguf import RandomModels
from tests.support.real_text import TYPED, real_text
from tests.support.recording_client import RecordingClient

_N_FILES = 20_000
_SECONDS = 20.0
_KEY_SECONDS = 0.05
_TICK_SECONDS = 0.001
_LINE = 200


def event_loop(home: Home, _models: RandomModels) -> dict[str, float]:
    """The session in this process, the shipped model in its engine, 20 keys a second."""
    root = home.folder.parent / "workspace"
    _fill(root)
    allow_quick_turns()
    figures: dict[str, float] = {}
    for name, reads in (("nothing is read", False), ("the workspace is read", True)):
        home.configure(f"[completion]\ndebounce_ms = 0\nworkspace_files = {str(reads).lower()}\n")
        gaps, n_files = asyncio.run(_type_and_watch(root))
        figures |= {
            f"gap while {name}, p99 (ms)": statistics.quantiles(gaps, n=100)[98],
            f"gap while {name}, most (ms)": max(gaps),
            f"files read while {name}": n_files,
        }
    return figures


def _fill(root: Path) -> None:
    library = [path for path in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")) if "test" not in path.parts]
    texts = [path.read_bytes() for path in library]
    for number, text in enumerate(islice(cycle(texts), _N_FILES)):
        folder = root / f"package{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module{number}.py").write_bytes(text)


async def _type_and_watch(root: Path) -> tuple[list[float], int]:
    session = Session(RecordingClient(), client_debounces=True)
    session.set_folders([root])
    await session.start()
    path = root / "package100" / "now.py"
    session.documents.open(path.as_uri(), "python", 1, real_text(400))
    typing = asyncio.create_task(_type(session, path))
    session.document_opened(path.as_uri())
    # What happens once at the start is measured elsewhere.
    await asyncio.sleep(2.0)
    gaps = await _gaps(_SECONDS)
    typing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await typing
    n_files = session._ghost_text.service.workspace.n_files
    await session.close()
    return gaps, n_files


async def _type(session: Session, path: Path) -> None:
    lines = real_text(400).splitlines(keepends=True)
    before, after = "".join(lines[:_LINE]), "".join(lines[_LINE:])
    for number, typed in enumerate(cycle([TYPED[:end] for end in range(len(TYPED))]), 2):
        text = before + typed + after
        session.documents.change(path.as_uri(), number, [Edit(None, text)], PositionEncoding.UTF16)
        session.document_changed(path.as_uri())
        request = CompletionRequest(path.as_uri(), str(path), "python", number, text, len(before + typed))
        await session.complete(request)
        await asyncio.sleep(_KEY_SECONDS)


async def _gaps(seconds: float) -> list[float]:
    gaps = []
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        await asyncio.sleep(_TICK_SECONDS)
        gaps.append(max(0.0, (time.monotonic() - now - _TICK_SECONDS) * 1_000))
    return gaps
