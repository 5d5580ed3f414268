"""llama-server, built once per machine from the source inside the locked llama-cpp-python, to test and measure with.

Beside it lies a vocabulary out of the same source, which models of random weights are made with.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from setup import prerequisites
from setup.bootstrap import ROOT, Setup
from setup.commands import run_logged
from setup.engine_wheel import show_build_line
from setup.failure import SetupError
from setup.lock_file import ENGINE, Pin, parse_lock, select
from setup.machine import cache_folder
from setup.progress import Progress

PROGRAM = "llama-server.exe" if os.name == "nt" else "llama-server"
VOCABULARY = "ggml-vocab-qwen2.gguf"

# One file without libraries of its own, and without the web page, which the build would fetch from a model hub.
CMAKE_FLAGS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_OPENSSL=OFF",
)


@dataclass(frozen=True)
class ServerBuild:
    """Everything that decides what the built server is like."""

    pin: Pin
    flags: tuple[str, ...]
    machine: str
    compilers: tuple[str, ...]

    @property
    def key(self) -> str:
        """A name that two builds share only when either could stand for the other."""
        parts = (self.pin.text, *self.flags, self.machine, *self.compilers)
        return f"{self.pin.version}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"

    def program(self, environment: Mapping[str, str]) -> Path:
        """Return where the built server lies, or will."""
        return cache_folder(environment) / "llama-server" / self.key / PROGRAM


def wanted_build(setup: Setup) -> ServerBuild:
    """Return the build that belongs to a working tree on this machine."""
    pins = parse_lock((setup.root / "requirements.lock").read_text(encoding="utf-8"))
    compilers = prerequisites.compilers(setup.environment)
    flags = (*CMAKE_FLAGS, *shlex.split(setup.cmake_arguments))
    pin = next(pin for pin in pins if pin.name == ENGINE)
    return ServerBuild(pin, flags, setup.machine, tuple(compilers.values()))


def build_server(setup: Setup, build: ServerBuild) -> Path:
    """Build the server and return its path; it appears in one step when it is whole, the vocabulary with it."""
    program = build.program(setup.environment)
    if program.is_file() and (program.parent / VOCABULARY).is_file():
        return program
    pins = parse_lock((setup.root / "requirements.lock").read_text(encoding="utf-8"))
    setup.install_locked("build tools", pins, setup.needed_build_tools())
    program.parent.parent.mkdir(parents=True, exist_ok=True)
    progress = Progress("llama-server", sys.stdout)
    try:
        with tempfile.TemporaryDirectory(prefix="building-", dir=program.parent.parent) as scratch:
            built = _build_in(Path(scratch), setup, build, progress)
            shutil.rmtree(program.parent, ignore_errors=True)
            built.parent.replace(program.parent)
    except BaseException:
        progress.abandon()
        raise
    progress.finish("built")
    return program


def unpack_source(archive: Path, folder: Path) -> Path:
    """Unpack llama.cpp out of llama-cpp-python's source distribution and return its folder."""
    with tarfile.open(archive) as source:
        members = [member for member in source.getmembers() if "/vendor/llama.cpp/" in member.name]
        # The lock's hash vouches for the archive; the filter, where Python has it, is for its warnings.
        if hasattr(tarfile, "data_filter"):
            source.extractall(folder, members, filter="data")
        else:
            source.extractall(folder, members)
    found = next(folder.glob("*/vendor/llama.cpp"), None)
    if found is None:
        raise SetupError(f"The source of {ENGINE} holds no llama.cpp: report it with the version in requirements.lock.")
    return found


def _build_in(scratch: Path, setup: Setup, build: ServerBuild, progress: Progress) -> Path:
    log = setup.log / "llama-server.log"
    environment = {name: value for name, value in setup.environment.items() if name != "NINJA_STATUS"}
    environment["PATH"] = f"{setup.bin}{os.pathsep}{environment.get('PATH', os.defpath)}"

    def run(what: str, command: list[str]) -> None:
        run_logged(
            [*_politely(), *command],
            log=log,
            what=what,
            environment=environment,
            on_line=lambda line: show_build_line(line, progress),
        )

    progress.update("fetching the source")
    requirements = scratch / "engine.txt"
    requirements.write_text(select([build.pin], {ENGINE}), encoding="utf-8")
    fetch = setup.pip("download", "--no-deps", "--no-build-isolation", "--require-hashes", "--no-binary", ENGINE)
    run("Fetching llama.cpp", [*fetch, "--requirement", str(requirements), "--dest", str(scratch / "sdist")])
    progress.update("unpacking")
    source = unpack_source(next((scratch / "sdist").iterdir()), scratch)
    folder = scratch / "program"
    folder.mkdir()
    shutil.copy2(source / "models" / VOCABULARY, folder)
    built = build.program(setup.environment)
    # A build of the same key only lacks the vocabulary.
    if not built.is_file():
        progress.update("configuring")
        out = scratch / "out"
        run("Configuring llama-server", ["cmake", "-S", str(source), "-B", str(out), "-G", "Ninja", *build.flags])
        jobs = environment.get("CMAKE_BUILD_PARALLEL_LEVEL") or str(os.cpu_count() or 2)
        run("Building llama-server", ["cmake", "--build", str(out), "--parallel", jobs, "--target", "llama-server"])
        built = out / "bin" / PROGRAM
    return Path(shutil.copy2(built, folder / PROGRAM))


def _politely() -> list[str]:
    """Return what lets a build of minutes stand back behind everything else on the machine."""
    return ["nice", "-n", "19"] if shutil.which("nice") else []


def find_server(environment: Mapping[str, str]) -> Path | None:
    """Return the server that was built for this working tree, if it was."""
    try:
        program = wanted_build(Setup(ROOT, environment)).program(environment)
    except SetupError:
        return None
    return program if program.is_file() else None


def main() -> int:
    """Build llama-server for this working tree unless it is there, and print where it lies; returns an exit code."""
    # A polite end runs the same clean-up as Ctrl-C, so that no compiler is left behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    setup = Setup(ROOT, os.environ)
    try:
        print(build_server(setup, wanted_build(setup)), flush=True)
    except SetupError as error:
        for line in error.log_tail:
            print(f"  | {line}", file=sys.stderr)
        print(error.sentence, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; `make llama-server` begins anew.", file=sys.stderr)
        return 130
    return 0
