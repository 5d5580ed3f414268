"""The steps from a fresh clone to a working `.venv`."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from setup import prerequisites
from setup.commands import run_logged
from setup.embedder.boxing import box
from setup.engine_wheel import EngineBuild, build_wheel, cached_wheel, cmake_arguments
from setup.failure import SetupError
from setup.lock_file import BUILD_TOOLS, ENGINE, Pin, everyday_names, parse_lock, select
from setup.machine import cache_folder, fingerprint
from setup.progress import Progress
from setup.stamp import Stamp, digest, read_stamp, write_stamp

ROOT = Path(__file__).resolve().parents[2]
LOADS = "import llama_cpp; llama_cpp.llama_backend_init(); llama_cpp.llama_backend_free()"


class Setup:
    """One run of `make setup` over one working tree."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.bin = self.venv / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / ("python.exe" if os.name == "nt" else "python")
        self.log = self.venv / "log"
        self.stamp_path = self.venv / "pylot-setup.json"
        self.last = read_stamp(self.stamp_path)
        self.machine = fingerprint()
        quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}
        self.environment = {name: value for name, value in environment.items() if name != "PYTHONPATH"} | quiet
        self.cmake_arguments = cmake_arguments(environment, self.last.cmake_arguments if self.last else None)

    def is_done(self) -> bool:
        """Whether the last setup was finished and nothing that it was made from has changed since."""
        program = self.bin / ("pylot.exe" if os.name == "nt" else "pylot")
        return self.last == self.wanted_stamp() and os.access(self.python, os.X_OK) and program.exists()

    def run(self) -> None:
        """Do every step; of an interrupted earlier run only the engine's wheel is kept, because it appears whole."""
        prerequisites.require_venv()
        compilers = prerequisites.compilers(self.environment)
        print(f"Setting up Pylot in {self.venv} (Python {platform.python_version()}).", flush=True)
        self.stamp_path.unlink(missing_ok=True)
        self.make_environment()
        pins = parse_lock((self.root / "requirements.lock").read_text(encoding="utf-8"))
        self.install_locked("packages", pins, everyday_names(pins))
        self.install_engine(pins, tuple(compilers.values()))
        try:
            self.box_embedder()
        except SetupError:
            story = self.log / "embedder.log"
            print(f"Without its embedder (see {story}) search goes by words alone, until `make embedder` works.")
        self.install_pylot()
        write_stamp(self.stamp_path, self.wanted_stamp())
        print("Pylot is set up: `make demo` shows it at work, `make help` lists the rest.")

    def wanted_stamp(self) -> Stamp:
        """Return the stamp that a finished setup would have now."""
        sources = sorted(Path(__file__).parent.rglob("*.py"))
        files = [self.root / "requirements.lock", self.root / "pyproject.toml", *sources]
        return Stamp(digest(files, [str(self.root), self.machine, self.environment_version()]), self.cmake_arguments)

    def environment_version(self) -> str:
        """Return the Python version that `.venv` was made with."""
        try:
            rows = (self.venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            return ""
        return next((row for row in rows if row.startswith("version")), "")

    def make_environment(self) -> None:
        """Make `.venv`, unless one is there that a finished setup has left and that still works.

        After an interrupted setup it is made anew: pip takes a half-unpacked package for an installed one.
        """
        probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
        if self.last is not None and self.succeeds([str(self.python), "-c", probe]):
            return
        progress = Progress("environment", sys.stdout)
        progress.update("making .venv")
        shutil.rmtree(self.venv, ignore_errors=True)
        # The log lies beside `.venv` for this one step, because the step makes `.venv`.
        log = self.root / "build" / "venv.log"
        command = [sys.executable, "-m", "venv", str(self.venv)]
        self.step(progress, command, log, "Making the virtual environment")
        progress.finish("made")

    def install_locked(self, title: str, pins: list[Pin], names: set[str]) -> None:
        """Install exactly what the lock names, checked against its hashes."""
        progress = Progress(title, sys.stdout)
        self.log.mkdir(parents=True, exist_ok=True)
        requirements = self.log / f"{title.replace(' ', '-')}.txt"
        requirements.write_text(select(pins, names), encoding="utf-8")
        seen: set[str] = set()

        def count(line: str) -> None:
            if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied: ")):
                seen.add(line.split(" (from", 1)[0])
                progress.update("fetching", min(len(seen), len(names)), len(names))
            elif line.startswith("Installing collected packages"):
                progress.update("unpacking")

        command = self.pip("install", "--no-deps", "--require-hashes")
        command += ["--requirement", str(requirements)]
        self.step(progress, command, requirements.with_suffix(".log"), f"Installing the {title}", count)
        progress.finish(f"{len(names)} in place")

    def install_engine(self, pins: list[Pin], compilers: tuple[str, ...]) -> None:
        """Install llama-cpp-python from the cache of built wheels, building it when there is none that loads."""
        pin = next(pin for pin in pins if pin.name == ENGINE)
        build = EngineBuild(pin, self.cmake_arguments, self.machine, compilers)
        folder = cache_folder(self.environment) / "wheels" / build.key
        kept = cached_wheel(folder)
        if kept is not None:
            progress = Progress("engine", sys.stdout)
            self.install_wheel(progress, kept)
            if self.succeeds([str(self.python), "-c", LOADS]):
                progress.finish("taken from an earlier build")
                return
            progress.finish("the earlier build does not load here, it is built anew")
        self.install_locked("build tools", pins, self.needed_build_tools())
        progress = Progress("engine", sys.stdout)
        progress.update("building llama.cpp for this machine, which is done once and takes minutes")
        log = self.log / "engine.log"
        try:
            wheel = build_wheel(
                build, folder, python=self.python, log=log, environment=self.environment, progress=progress
            )
        except BaseException:
            progress.abandon()
            raise
        self.install_wheel(progress, wheel)
        if not self.succeeds([str(self.python), "-c", LOADS]):
            raise SetupError(f"llama.cpp was built but does not load: see {log} and report it with your system's name.")
        progress.finish("built")

    def needed_build_tools(self) -> set[str]:
        """Return the packages to install before llama.cpp can be built."""
        from_machine = {"cmake", "ninja"} - prerequisites.missing_build_tools()
        return set(BUILD_TOOLS) - from_machine

    def install_wheel(self, progress: Progress, wheel: Path) -> None:
        """Install the engine's wheel in place of any other build of it."""
        command = self.pip("install", "--no-deps", "--no-index", "--force-reinstall", str(wheel))
        self.step(progress, command, self.log / "engine-install.log", "Installing the engine")

    def box_embedder(self) -> None:
        """Put the embedder in the box into the working tree, where the package finds it."""
        progress = Progress("embedder", sys.stdout)
        try:
            outcome = box(self, cache_folder(self.environment), progress)
        except BaseException:
            progress.abandon()
            raise
        progress.finish(outcome)

    def install_pylot(self) -> None:
        """Install this working tree, so that a changed file takes effect at once."""
        progress = Progress("pylot", sys.stdout)
        command = self.pip("install", "--no-deps", "--no-index", "--no-build-isolation", "--editable", str(self.root))
        self.step(progress, command, self.log / "pylot.log", "Installing Pylot")
        progress.finish("this working tree")

    def pip(self, *arguments: str) -> list[str]:
        """Return a command line of the environment's pip."""
        return [str(self.python), "-m", "pip", *arguments]

    def step(
        self, progress: Progress, command: list[str], log: Path, what: str, on_line: Callable[[str], None] | None = None
    ) -> None:
        """Run one command under a progress line."""
        try:
            run_logged(
                command, log=log, what=what, environment=self.environment, on_line=on_line or (lambda line: None)
            )
        except BaseException:
            progress.abandon()
            raise

    def succeeds(self, command: list[str]) -> bool:
        """Whether a short command ends well."""
        try:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=self.environment)
        except OSError:
            return False
        return result.returncode == 0


def main(step: str = "") -> int:
    """Set up the working tree that this file lies in, or do one step of it; the result is an exit code."""
    # A polite end runs the same clean-up as Ctrl-C, so that no compiler is left behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    setup = Setup(ROOT, os.environ)
    if step != "embedder" and setup.is_done():
        print(f"Pylot is set up in {setup.venv}.")
        return 0
    try:
        setup.box_embedder() if step == "embedder" else setup.run()
    except SetupError as error:
        for line in error.log_tail:
            print(f"  | {line}", file=sys.stderr)
        print(error.sentence, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; `make setup` goes on from here.", file=sys.stderr)
        return 130
    return 0
