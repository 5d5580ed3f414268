"""Small packages of Python whose source archives hold their own tests, fetched once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from setup.machine import cache_folder

_SECONDS = 300


@dataclass(frozen=True)
class Package:
    """A pinned package; its code is below `code` in its archive, its tests are `tests`."""

    name: str
    version: str
    code: str
    tests: str

    @property
    def folder_name(self) -> str:
        return f"{self.name}-{self.version}"


PACKAGES = [
    Package("blinker", "1.8.2", "src/blinker", "tests"),
    Package("cachetools", "5.5.0", "src/cachetools", "tests"),
    Package("click", "8.1.7", "src/click", "tests"),
    Package("inflection", "0.5.1", "inflection", "test_inflection.py"),
    Package("mistune", "3.0.2", "src/mistune", "tests"),
    Package("more-itertools", "10.5.0", "more_itertools", "tests"),
    Package("parse", "1.20.2", "parse.py", "tests"),
    Package("schema", "0.7.7", "schema.py", "test_schema.py"),
    Package("semver", "3.0.2", "src/semver", "tests"),
    Package("tabulate", "0.9.0", "tabulate", "test"),
    Package("toolz", "1.0.0", "toolz", "toolz"),
    Package("wcwidth", "0.2.13", "wcwidth", "tests"),
]


def fetched(package: Package) -> Path | None:
    """Return the folder of a package's sources, or None where it cannot be fetched."""
    folder = cache_folder(os.environ) / "test-packages" / package.folder_name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        label = f"{package.name}=={package.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:", label]
        try:
            subprocess.run(command, cwd=scratch, check=True, timeout=_SECONDS, capture_output=True)
        except (subprocess.SubprocessError, OSError):
            return None
        with tarfile.open(next(Path(scratch).glob("*.tar.gz"))) as archive:
            archive.extractall(scratch, filter="data")
        (Path(scratch) / package.folder_name).rename(folder)
    return folder


def passes(package: Package, folder: Path) -> bool:
    """Tell whether the tests of a package pass in a copy of its sources."""
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join((str(folder / "src"), str(folder))), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    # Their own settings name plugins that are not here, and the first of these tests needs one of them. The second
    # lists every name that a module has, so it fails with any that is new.
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:asyncio", "-c", os.devnull, "--rootdir", "."]
    tests = ("tests/test_signals.py::test_async_receiver", "toolz/tests/test_curried.py::test_curried_namespace")
    left_out = [f"--deselect={each}" for each in tests]
    command = [sys.executable, "-m", "pytest", *options, *left_out, package.tests]
    found = subprocess.run(command, env=environment, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
    return found.returncode == 0


def texts_in(folder: Path) -> dict[str, str]:
    """Return the text of every file of Python below a folder, by its path."""
    return {
        each.relative_to(folder).as_posix(): each.read_bytes().decode("utf-8") for each in sorted(folder.rglob("*.py"))
    }


def copy_with(folder: Path, texts: Mapping[str, str], target: Path) -> Path:
    """Return a copy of a folder in which files have other texts."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    for path, text in texts.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8", newline="")
    return target
