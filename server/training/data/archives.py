"""Read packages as the registries serve them: wheels, source distributions and npm tarballs."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path, PurePosixPath

from training.data.cleaning import is_wanted_path
from training.data.documents import LANGUAGES

_LEAST_SOURCES = 5
_BUILT = re.compile(r"(^|/)(dist|build|esm|es|cjs|umd|bundles?|fesm\d*|browser|out|lib-?esm|_esm|_cjs|locale)(/|$)")
# The same code once more, for other loaders.
_SECOND_BUILD = re.compile(r"\.cjs$|/(cjs|umd|system|es5|commonjs|browser|legacy|_cjs|node_cjs)/")


@dataclass(frozen=True, slots=True)
class Package:
    """What an archive says of itself; `files` are path and text, read on demand."""

    name: str
    version: str
    licence: str
    archive: Path
    members: tuple[str, ...]

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield path inside the project and text; undecodable bytes become U+FFFD."""
        wanted = set(self.members)
        if self.archive.suffix == ".whl":
            with zipfile.ZipFile(self.archive) as wheel:
                for name in self.members:
                    yield name, wheel.read(name).decode("utf-8", "replace")
            return
        # In the order of the archive, because a compressed tar cannot be read at random.
        with tarfile.open(self.archive) as tar:
            for member in tar:
                if member.name in wanted and (file := tar.extractfile(member)) is not None:
                    yield member.name.partition("/")[2], file.read().decode("utf-8", "replace")


def open_package(archive: Path) -> Package:
    """Return what an archive holds.

    Raises OSError, zipfile.BadZipFile, tarfile.TarError or ValueError for what is no package.
    """
    if archive.suffix == ".whl":
        return _wheel(archive)
    return _npm(archive) if archive.suffix == ".tgz" else _source_distribution(archive)


def _wheel(archive: Path) -> Package:
    with zipfile.ZipFile(archive) as wheel:
        names = sorted(wheel.namelist())
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_string(wheel.read(about).decode("utf-8", "replace"))
    members = [name for name in _sources(names) if ".data/" not in name]
    return _python_package(archive, metadata, members)


def _source_distribution(archive: Path) -> Package:
    with tarfile.open(archive) as tar:
        names = [member.name for member in tar if member.isfile()]
        about = next(name for name in names if name.count("/") == 1 and name.endswith("/PKG-INFO"))
        file = tar.extractfile(about)
        metadata = message_from_string(file.read().decode("utf-8", "replace") if file else "")
    return _python_package(archive, metadata, _sources(names))


def _python_package(archive: Path, metadata: Message, members: list[str]) -> Package:
    name = re.sub(r"[-_.]+", "-", str(metadata["Name"])).lower()
    return Package(name, str(metadata["Version"]), _python_licence(metadata), archive, tuple(members))


def _python_licence(metadata: Message) -> str:
    classifiers = [str(value) for value in metadata.get_all("Classifier") or []]
    named = [text.rpartition("::")[2].strip() for text in classifiers if text.startswith("License")]
    field = str(metadata.get("License") or "").strip().split("\n")[0][:80]
    return str(
        metadata.get("License-Expression") or "; ".join(name for name in named if name != "OSI Approved") or field
    )


def _npm(archive: Path) -> Package:
    with tarfile.open(archive) as tar:
        members = {member.name: member for member in tar if member.isfile()}
        about = next(name for name in members if name.count("/") == 1 and name.endswith("/package.json"))
        file = tar.extractfile(members[about])
        package = json.loads(file.read() if file else b"{}")
    licence = package.get("license") or package.get("licenses") or ""
    if isinstance(licence, list):
        licence = " OR ".join(str(_npm_licence(one)) for one in licence)
    return Package(
        package["name"], package["version"], _npm_licence(licence), archive, tuple(_npm_sources(list(members)))
    )


def _npm_licence(licence: object) -> str:
    return str(licence.get("type", "")) if isinstance(licence, dict) else str(licence)


def _npm_sources(names: list[str]) -> list[str]:
    """Return what people wrote, TypeScript or `src/` first; else what does not look built; else one of the builds."""
    sources = _sources(names)
    typed = [name for name in sources if LANGUAGES[PurePosixPath(name).suffix] == "typescript"]
    if len(typed) >= _LEAST_SOURCES:
        written = [name for name in typed if "/src/" in name]
        return written if len(written) >= _LEAST_SOURCES else typed
    written = [name for name in sources if "/src/" in name]
    if len(written) >= _LEAST_SOURCES:
        return written
    written = [name for name in sources if not _BUILT.search(name.partition("/")[2])]
    return written if len(written) >= _LEAST_SOURCES else [name for name in sources if not _SECOND_BUILD.search(name)]


def _sources(names: list[str]) -> list[str]:
    return [name for name in sorted(names) if PurePosixPath(name).suffix in LANGUAGES and is_wanted_path(name)]
