"""What a machine must have before Pylot can be set up, each with its next step."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping

from setup.failure import SetupError

COMPILERS = {
    "C": ("CC", ("cc", "gcc", "clang")),
    "C++": ("CXX", ("c++", "g++", "clang++")),
}
COMPILER_MISSING = (
    "Pylot needs a {language} compiler to build llama.cpp for this machine: install one (Debian/Ubuntu: "
    "apt install build-essential; Fedora: dnf install gcc-c++; macOS: xcode-select --install), "
    "then run `make setup` again."
)
VENV_MISSING = (
    "Pylot needs Python's venv module with ensurepip: install it (Debian/Ubuntu: apt install python3-venv), "
    "then run `make setup` again."
)


def require_venv(has_module: Callable[[str], bool] | None = None) -> None:
    """Raise unless this Python can make virtual environments with pip in them."""
    has_module = has_module or (lambda name: importlib.util.find_spec(name) is not None)
    if not (has_module("venv") and has_module("ensurepip")):
        raise SetupError(VENV_MISSING)


def first_line_of_version(command: list[str]) -> str | None:
    """Return the first line that a tool prints about its version, or nothing when it does not run."""
    try:
        result = subprocess.run(
            [*command, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = result.stdout.splitlines()
    return lines[0].strip() if result.returncode == 0 and lines else None


def compilers(
    environment: Mapping[str, str], version: Callable[[list[str]], str | None] = first_line_of_version
) -> dict[str, str]:
    """Return the version line of the C and the C++ compiler, or raise with what to install.

    On macOS a compiler that is found may still be a placeholder, so each one is run.
    Windows is left to CMake, which finds Visual Studio without it being on the path.
    """
    if os.name == "nt":
        return {}
    found = {}
    for language, (variable, names) in COMPILERS.items():
        chosen = environment.get(variable, "").strip()
        candidates = [shlex.split(chosen)] if chosen else [[name] for name in names]
        lines = (version(candidate) for candidate in candidates)
        line = next((line for line in lines if line), None)
        if line is None:
            raise SetupError(COMPILER_MISSING.format(language=language))
        found[language] = line
    return found


def missing_build_tools(
    which: Callable[[str], str | None] = shutil.which,
    version: Callable[[list[str]], str | None] = first_line_of_version,
) -> set[str]:
    """Return which of cmake and ninja must come from the lock, because the machine has none that is new enough."""
    missing = set()
    cmake = version(["cmake"]) if which("cmake") else None
    if cmake is None or _numbers(cmake) < (3, 21):
        missing.add("cmake")
    if not (which("ninja") or which("ninja-build")):
        missing.add("ninja")
    return missing


def _numbers(version_line: str) -> tuple[int, ...]:
    word = next((word for word in version_line.split() if word[:1].isdigit()), "0")
    return tuple(int(part) for part in word.split("-")[0].split(".") if part.isdigit())
