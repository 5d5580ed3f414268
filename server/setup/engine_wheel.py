"""The wheel of llama-cpp-python, built once per machine and kept for the next clone."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from setup.commands import run_logged
from setup.lock_file import ENGINE, Pin
from setup.progress import Progress

# The multimodal library is a quarter of the build, and Pylot shows no images to a model.
DEFAULT_CMAKE_ARGUMENTS = "-DLLAVA_BUILD=OFF"

_NINJA_STEP = re.compile(r"^\s*\[(\d+)/(\d+)\] ")
_PHASES = {
    "Downloading": "downloading the source",
    "*** Configuring CMake": "configuring",
    "*** Making wheel": "packing",
}


@dataclass(frozen=True)
class EngineBuild:
    """Everything that decides what the built wheel is like."""

    pin: Pin
    cmake_arguments: str
    machine: str
    compilers: tuple[str, ...]

    @property
    def key(self) -> str:
        """A name that two builds share only when either could stand for the other."""
        parts = (self.pin.text, self.cmake_arguments, self.machine, *self.compilers)
        return f"{self.pin.name}-{self.pin.version}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"


def cmake_arguments(environment: Mapping[str, str], last: str | None) -> str:
    """Return the build flags: the user's own `CMAKE_ARGS` if set, else those of the last setup, else the default."""
    own = environment.get("CMAKE_ARGS")
    if own is not None:
        return f"{DEFAULT_CMAKE_ARGUMENTS} {own}".strip()
    return last or DEFAULT_CMAKE_ARGUMENTS


def cached_wheel(folder: Path) -> Path | None:
    """Return the wheel kept in `folder`, or nothing."""
    return next(iter(sorted(folder.glob("*.whl"))), None)


def show_build_line(line: str, progress: Progress) -> None:
    """Turn one line of the build's output into progress."""
    step = _NINJA_STEP.match(line)
    if step:
        progress.update("compiling", int(step[1]), int(step[2]))
        return
    for start, phase in _PHASES.items():
        if line.strip().startswith(start):
            progress.update(phase)


def build_wheel(
    build: EngineBuild, folder: Path, *, python: Path, log: Path, environment: Mapping[str, str], progress: Progress
) -> Path:
    """Build the wheel into `folder` and return its path.

    The wheel appears in one step when it is whole, so an interrupted build leaves nothing that looks finished.
    pip's own cache is left out: it would hand back a wheel that was built with other flags or for another processor.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=folder.parent) as scratch:
        requirements = Path(scratch, "engine.txt")
        requirements.write_text(build.pin.text, encoding="utf-8")
        out = Path(scratch, "wheel")
        run_logged(
            _pip_wheel(python, requirements, out),
            log=log,
            what="Building llama.cpp",
            environment=_build_environment(environment, python, build.cmake_arguments),
            on_line=lambda line: show_build_line(line, progress),
        )
        shutil.rmtree(folder, ignore_errors=True)
        out.replace(folder)
    wheel = cached_wheel(folder)
    assert wheel is not None
    return wheel


def _pip_wheel(python: Path, requirements: Path, out: Path) -> list[str]:
    flags = [
        "--verbose",
        "--no-deps",
        "--no-build-isolation",
        "--no-cache-dir",
        "--require-hashes",
        "--no-binary",
        ENGINE,
    ]
    return [str(python), "-m", "pip", "wheel", *flags, "--requirement", str(requirements), "--wheel-dir", str(out)]


def _build_environment(environment: Mapping[str, str], python: Path, arguments: str) -> dict[str, str]:
    values = {
        "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 2),
        **environment,
        "CMAKE_ARGS": arguments,
        "PATH": f"{python.parent}{os.pathsep}{environment.get('PATH', os.defpath)}",
    }
    # Ninja prints `[12/140] ...` in any language, but only with its own default status format.
    values.pop("NINJA_STATUS", None)
    return values
