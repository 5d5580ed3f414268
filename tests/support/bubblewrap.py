"""Bubblewrap for the tests of the sandbox: the machine's own, or Debian's package unpacked into Pylot's cache.

`python -m tests.support.bubblewrap` fetches it where it is missing; nothing is installed and no rights are needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "server"))

from setup.machine import cache_folder


def unpacked_bubblewrap() -> Path:
    """Return where the unpacked program lies, or would."""
    return cache_folder(os.environ) / "bubblewrap" / "usr" / "bin" / "bwrap"


def find_bubblewrap() -> Path | None:
    """Return a bubblewrap that starts, or None."""
    for path in (shutil.which("bwrap"), unpacked_bubblewrap()):
        if path and Path(path).is_file() and _starts(Path(path)):
            return Path(path)
    return None


def install() -> str:
    """Unpack Debian's package if no bubblewrap is there, and return in one sentence how it stands."""
    if sys.platform != "linux":
        return "The sandbox of bubblewrap is for Linux alone, so it is not tested here."
    if found := find_bubblewrap():
        return f"The sandbox is tested with {found}."
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return "There is no bubblewrap on this machine, so the sandbox is tested without it."
    with tempfile.TemporaryDirectory(prefix="pylot-bubblewrap-") as name:
        folder = Path(name)
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        options = [f"-oDir::State::lists={folder}/lists", f"-oDir::Cache={folder}/cache", "-oDebug::NoLocking=1"]
        options.append("-oAPT::Sandbox::User=")
        steps = (["apt-get", *options, "update"], ["apt-get", *options, "download", "bubblewrap"])
        if not all(_succeeds(step, folder) for step in steps):
            return "Bubblewrap could not be fetched, so the sandbox is tested without it."
        (package,) = folder.glob("bubblewrap_*.deb")
        root = folder / "root"
        if not _succeeds(["dpkg-deb", "-x", str(package), str(root)], folder):
            return "Bubblewrap could not be unpacked, so the sandbox is tested without it."
        target = unpacked_bubblewrap()
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(root / "usr" / "bin" / "bwrap", target)
    return f"Bubblewrap was fetched to test the sandbox with: {find_bubblewrap() or 'it does not start here'}."


def _starts(path: Path) -> bool:
    return _succeeds([str(path), "--version"], Path("/"))


def _succeeds(command: list[str], folder: Path) -> bool:
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=300).returncode == 0


if __name__ == "__main__":
    print(install())  # noqa: T201
