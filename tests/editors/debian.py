"""Packages of Debian, unpacked into a folder instead of installed: no root, and nothing on the machine is changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class InstallError(Exception):
    """An editor could not be installed; the text says what to do."""


def is_debian() -> bool:
    """Whether this machine has Debian's tools for packages."""
    return shutil.which("apt-get") is not None and shutil.which("dpkg-deb") is not None


def unpack(home: Path, packages: Sequence[str], release: str = "") -> Path:
    """Fetch packages with all that they need, and return the folder `home/root` that they were unpacked into.

    With a `release` of Debian everything is taken from it, the C library too; without one, only what this machine
    does not have, in its own versions.
    """
    for path in ("lists/partial", "cache/archives/partial"):
        (home / path).mkdir(parents=True)
    options = [f"-oDir::State::lists={home}/lists", f"-oDir::Cache={home}/cache", "-oDebug::NoLocking=1"]
    options += ["-oAPT::Sandbox::User="]
    if release:
        sources = home / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {release} main\n", encoding="utf-8")
        options += [f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=-", "-oDir::State::status=/dev/null"]
    run(["apt-get", *options, "update"], home)
    run(["apt-get", *options, "-y", "--no-install-recommends", "--download-only", "install", *packages], home)
    root = home / "root"
    for package in sorted((home / "cache" / "archives").glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(root)], home)
    shutil.rmtree(home / "cache")
    shutil.rmtree(home / "lists")
    return root


def libraries_of(root: Path) -> Path:
    """Return the folder of the shared libraries below an unpacked root."""
    return next(root.glob("usr/lib/*-linux-gnu"))


def bind_to_root(root: Path, programs: Sequence[str]) -> None:
    """Let programs of another release run with the C library of that release; `patchelf` must be among the packages.

    Starting them through the loader would not do: Neovim starts its own file again for the screen.
    """
    libraries = libraries_of(root)
    loader = next(iter(libraries.glob("ld-linux-*.so.*")), None) or next(root.glob("usr/lib*/ld-linux-*.so.*"))
    patchelf = [str(loader), "--library-path", str(libraries), str(root / "usr/bin/patchelf")]
    for program in programs:
        arguments = ["--set-interpreter", str(loader), "--set-rpath", str(libraries), "--force-rpath"]
        run([*patchelf, *arguments, str(root / program)], root)


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it printed; its last lines become the error where it fails."""
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).splitlines()[-20:])
        raise InstallError(f"`{' '.join(command)}` failed:\n{tail}")
    return result.stdout


def _mirror() -> str:
    """Return the address from which this machine takes Debian's packages."""
    rows = run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(SITE)"], Path("/")).splitlines()
    for row in rows:
        origin, _, site = row.partition("|")
        if origin == "Debian":
            return site
    raise InstallError("This machine takes no packages from Debian: install Neovim 0.12, Helix and tmux by hand.")
