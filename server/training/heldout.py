"""Fetch the held-out projects, each into a folder of its own that holds nothing but its sources.

`python -m training.heldout FOLDER` does so and prints the folders, ready for `pylot eval fim`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LIST = Path(__file__).with_name("heldout.toml")
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Project:
    """One pinned package and the part of it that people wrote."""

    name: str
    registry: str
    version: str
    licence: str
    keep: str
    skip: tuple[str, ...] = ()

    def place_of(self, member: str) -> PurePosixPath | None:
        """Return where a file of the archive goes inside the project's folder, or None to leave it out."""
        path, kept = PurePosixPath(member), PurePosixPath(self.keep)
        if path == kept:
            return PurePosixPath(path.name)
        if not path.is_relative_to(kept):
            return None
        inside = path.relative_to(kept)
        is_safe = not path.is_absolute() and ".." not in path.parts
        return inside if is_safe and inside.parts[0] not in self.skip else None


def read_list(path: Path = LIST) -> list[Project]:
    """Return the projects of the list."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return [Project(**{**value, "skip": tuple(value.get("skip", ()))}) for value in values]


def fetch_all(folder: Path) -> list[Path]:
    """Return a folder per project below `folder`, fetching what is not there yet.

    Raises:
        subprocess.CalledProcessError: pip or npm could not get a package.
    """
    folders = []
    for project in read_list():
        target = folder / f"{project.name}-{project.version}" / project.name
        if not target.is_dir():
            _fetch(project, target)
        folders.append(target)
    return folders


def unpack(project: Project, archive: Path, target: Path) -> None:
    """Write the kept files of an archive below `target`, which appears only when it is complete."""
    unfinished = target.with_name(target.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    for member, data in _members(archive):
        place = project.place_of(member)
        if place is not None:
            file = unfinished / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    unfinished.rename(target)


def _fetch(project: Project, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        label = f"{project.name}=={project.version}"
        if project.registry == "npm":
            command = ["npm", "pack", "--silent", "--ignore-scripts", label.replace("==", "@")]
        else:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", label]
        subprocess.run(command, cwd=folder, check=True, timeout=_SECONDS, stdout=subprocess.DEVNULL)
        unpack(project, next(Path(folder).iterdir()), target)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if not name.endswith("/"):
                    yield name, wheel.read(name)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and (file := tar.extractfile(member)) is not None:
                yield member.name, file.read()


if __name__ == "__main__":
    for fetched in fetch_all(Path(sys.argv[1])):
        sys.stdout.write(f"{fetched}\n")
