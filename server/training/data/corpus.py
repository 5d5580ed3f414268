"""Make the corpus: read every package, clean its files, drop copies, and say what was used."""

from __future__ import annotations

import json
import os
import random
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path, PurePosixPath

from training.data.archives import Package, open_package
from training.data.cleaning import clean, is_wanted_path
from training.data.documents import LANGUAGES, Document, write_corpus
from training.data.duplicates import SeenText
from training.data.licences import permissive_name
from training.data.sources import Sources
from training.paths import Workplace

_STDLIB = "cpython-stdlib"
_STDLIB_TESTS = "cpython-tests"
_PSF = "PSF-2.0"
_CLEANED_PER_KEPT = 1.6


@dataclass(slots=True)
class Contribution:
    """One row of the data table: what a project gave after cleaning."""

    project: str
    version: str
    licence: str
    held_out: bool
    files: int = 0
    characters: int = 0


@dataclass(frozen=True, slots=True)
class CleanedProject:
    """A project's cleaned files (path, language, text) before copies are dropped.

    Without files, `licence` says why there are none.
    """

    name: str
    version: str
    licence: str
    files: tuple[tuple[str, str, str], ...]


def build_corpus(sources: Sources, work: Workplace, report: Callable[[str], None]) -> list[Contribution]:
    """Write the corpus and its table from the fetched packages, and return the table.

    The same packages give the same bytes.
    """
    rows: list[Contribution] = []
    seen = SeenText()

    def documents() -> Iterator[Document]:
        for project in _cleaned_projects(sources, work.packages, report):
            row = Contribution(project.name, project.version, project.licence, project.name in sources.held_out)
            for path, language, text in project.files:
                if row.characters + len(text) <= sources.cap(project.name) and seen.is_new(text):
                    row.files += 1
                    row.characters += len(text)
                    yield Document(project.name, path, language, row.held_out, text)
            if row.files:
                rows.append(row)

    write_corpus(work.corpus, documents())
    table = {"sha256": _digest(work.corpus), "projects": [asdict(row) for row in rows]}
    work.table.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return rows


def _cleaned_projects(sources: Sources, packages: Path, report: Callable[[str], None]) -> Iterator[CleanedProject]:
    archives = sorted(path for pattern in ("pypi/*.whl", "npm/*.tgz") for path in packages.glob(pattern))
    pinned = sources.pypi | sources.npm
    found = [package for archive in archives if (package := _open(archive, report)) is not None]
    found = [package for package in found if pinned.get(package.name) == package.version]
    # Held-out projects first: whatever of them others carry is then a copy.
    found.sort(key=lambda package: (package.name not in sources.held_out, package.name, package.version))
    work = [(package, sources) for package in found]
    with Pool(os.cpu_count()) as pool:
        for project in pool.imap(_clean_package, work):
            if not project.files:
                report(f"{project.name} {project.version}: left out ({project.licence})")
            yield project
    yield from _standard_library(sources)


def _open(archive: Path, report: Callable[[str], None]) -> Package | None:
    try:
        return open_package(archive)
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile, tarfile.TarError) as error:
        report(f"{archive.name}: left out, cannot be read ({type(error).__name__})")
        return None


def _clean_package(work: tuple[Package, Sources]) -> CleanedProject:
    package, sources = work
    licence = permissive_name(sources.licences.get(package.name, package.licence))
    if licence is None:
        return CleanedProject(package.name, package.version, f"licence: {package.licence[:60] or 'none stated'}", ())
    files = _clean_files(list(package.files()), sources.cap(package.name), package.name)
    return CleanedProject(package.name, package.version, licence if files else "no source text", files)


def _clean_files(files: list[tuple[str, str]], cap: int, project: str) -> tuple[tuple[str, str, str], ...]:
    """Clean files until well over the cap, in an order that is random but the same each time."""
    files.sort()
    random.Random(project).shuffle(files)
    cleaned: list[tuple[str, str, str]] = []
    n_characters = 0
    for path, text in files:
        language = LANGUAGES[PurePosixPath(path).suffix]
        if (kept := clean(text, language)) is not None:
            cleaned.append((path, language, kept))
            n_characters += len(kept)
        if n_characters > _CLEANED_PER_KEPT * cap:
            break
    return tuple(cleaned)


def _standard_library(sources: Sources) -> Iterator[CleanedProject]:
    root = Path(sysconfig.get_path("stdlib"))
    files: dict[str, list[tuple[str, str]]] = {_STDLIB: [], _STDLIB_TESTS: []}
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.startswith(("site-packages/", "ensurepip/")) or not is_wanted_path(name):
            continue
        is_test = {"test", "tests", "idle_test"} & set(path.relative_to(root).parts)
        files[_STDLIB_TESTS if is_test else _STDLIB].append((name, path.read_text("utf-8", "replace")))
    version = ".".join(map(str, sys.version_info[:3]))
    for project, found in files.items():
        yield CleanedProject(project, version, _PSF, _clean_files(found, sources.cap(project), project))


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
