"""Which file a program's name stands for, and which files of the workspace decide what it does (T2)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from pylot.kernel.word_list import words
from pylot.policy.programs import Reach, program_name, reach_of
from pylot.workspace.path_guard import read_regular
from pylot.workspace.roots import Roots

LARGEST_SCRIPT = 4 << 20
_SHIMS = "shims"
UNREADABLE = "unreadable"
"""Stands for the hash of what is too large, no file, or not to be read; nothing of it can be remembered."""

_FILES_BY_PROGRAM: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "make": ("GNUmakefile", "makefile", "Makefile"),
        "gmake": ("GNUmakefile", "makefile", "Makefile"),
        "just": ("justfile", "Justfile", ".justfile"),
        "task": ("Taskfile.yml", "Taskfile.yaml"),
        "rake": ("Rakefile", "rakefile", "Rakefile.rb"),
        "npm": ("package.json", ".npmrc"),
        "npx": ("package.json", ".npmrc"),
        "yarn": ("package.json", ".yarnrc.yml", ".yarnrc"),
        "pnpm": ("package.json", ".npmrc", ".pnpmfile.cjs"),
        "bun": ("package.json", "bunfig.toml"),
        "deno": ("deno.json", "deno.jsonc"),
        "cargo": ("Cargo.toml", "build.rs", "rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml"),
        "go": ("go.mod", "go.work"),
        "tox": ("tox.ini", "pyproject.toml", "setup.cfg"),
        "nox": ("noxfile.py",),
        "pytest": ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "conftest.py"),
        "gradle": ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
        "mvn": ("pom.xml",),
        "ant": ("build.xml",),
        "cmake": ("CMakeLists.txt", "CMakePresets.json"),
        "ninja": ("build.ninja",),
        "meson": ("meson.build",),
        "bazel": ("WORKSPACE", "MODULE.bazel", "BUILD", ".bazelrc"),
        "composer": ("composer.json",),
        "bundle": ("Gemfile",),
        "rspec": (".rspec", "spec/spec_helper.rb"),
        "jest": ("package.json", "jest.config.js", "jest.config.ts"),
        "vitest": ("package.json", "vitest.config.ts", "vite.config.ts"),
        "eslint": ("package.json", "eslint.config.js", "eslint.config.mjs", ".eslintrc.js", ".eslintrc.json"),
        "prettier": ("package.json", ".prettierrc", ".prettierrc.js", "prettier.config.js"),
        "tsc": ("tsconfig.json",),
        "ruff": ("pyproject.toml", "ruff.toml", ".ruff.toml"),
        "mypy": ("pyproject.toml", "mypy.ini", "setup.cfg"),
        "pre-commit": (".pre-commit-config.yaml",),
        "docker": ("Dockerfile", "compose.yaml", "docker-compose.yml"),
    }
)
# Flags of make and its kin that name the file or folder themselves.
_NAMES_A_FILE = frozenset(words("-f --file --makefile --justfile --prefix -C --directory --cwd -c --config"))


def executable_of(program: str, folder: Path, search_path: Sequence[Path]) -> Path | None:
    """Return the absolute path that a program's name stands for, or None where there is none.

    A name with a slash counts from `folder`; others are looked for in the absolute folders of `search_path`.
    Links are not followed, because what a virtual environment links to does not know of it.
    """
    if "/" in program or os.sep in program:
        return _runnable(folder / program)
    places = (place / program for place in search_path if place.is_absolute())
    return next((found for place in places if (found := _runnable(place)) is not None), None)


def is_of_the_system(program: str, folder: Path, search_path: Sequence[Path], roots: Roots) -> bool:
    """Tell whether a program's bare name stands for a file that neither a workspace nor a stranger has put there."""
    found = executable_of(program, folder, search_path) if "/" not in program else None
    # What stands in for a program in pyenv, asdf and the like runs what a file of the folder it is called in names.
    if found is None or _SHIMS in found.parts:
        return False
    target = Path(os.path.realpath(found))
    outside = all(roots.containing(Path(os.path.realpath(path.parent))) is None for path in (found, target))
    return outside and not any(_others_may_write(path.parent) for path in (found, target))


def deciding_files(argv: Sequence[str], folder: Path, is_inside: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield the files of the workspace that decide what a command does: itself, its script, its build file.

    Files that are not there count too: an action that was allowed without one is another when there is one.
    """
    if "/" in argv[0]:
        yield folder / argv[0]
    for name in _FILES_BY_PROGRAM.get(program_name(argv[0]), ()):
        yield folder / name
    reach = reach_of(argv)
    # What is known to build finds its inputs by itself; of everything else an operand may be what runs.
    can_run_operands = reach is not Reach.BUILD
    for before, word in pairwise(argv):
        if before == "-m" and can_run_operands:
            yield from _modules(folder, word)
        elif word.startswith("-"):
            yield from _operand(folder, word.partition("=")[2] if word.startswith("--") else word[2:], is_inside)
        elif before in _NAMES_A_FILE or can_run_operands:
            yield from _operand(folder, word, is_inside)


def hash_of(path: Path) -> str | None:
    """Return the SHA-256 of a file in hexadecimal, None if there is nothing, `UNREADABLE` if it cannot be known."""
    if not os.path.lexists(path):
        return None
    data = read_regular(path, LARGEST_SCRIPT)
    return UNREADABLE if data is None or len(data) > LARGEST_SCRIPT else hashlib.sha256(data).hexdigest()


def _runnable(path: Path) -> Path | None:
    try:
        if path.is_file() and os.access(path, os.X_OK):
            return path
    except (OSError, ValueError):
        pass
    return None


def _others_may_write(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & 0o002)
    except OSError:
        return True


def _modules(folder: Path, module: str) -> Iterator[Path]:
    if not all(part.isidentifier() for part in module.split(".")):
        return
    base = folder.joinpath(*module.split("."))
    yield base.with_name(f"{base.name}.py")
    yield base / "__main__.py"
    yield base / "__init__.py"


def _operand(folder: Path, word: str, is_inside: Callable[[Path], bool]) -> Iterator[Path]:
    if not word:
        return
    path = folder / word
    try:
        if path.is_file() and is_inside(Path(os.path.realpath(path))):
            yield path
        elif path.is_dir() and is_inside(Path(os.path.realpath(path))):
            for name in ("__main__.py", "Makefile", "package.json", "index.js"):
                yield path / name
    except (OSError, ValueError):
        return
