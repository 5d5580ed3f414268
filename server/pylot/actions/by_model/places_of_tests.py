"""Which test framework a project uses, and where it keeps the tests of a file (L4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pylot.actions.by_model.task import Project

TESTED_LANGUAGES = frozenset({"python", "javascript", "typescript", "tsx", "go"})

_PYTHON_FOLDERS = ("tests/unit", "tests", "test/unit", "test")
_PYTHON_FILES = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "conftest.py", "tests/conftest.py",
                 "requirements-dev.txt", "requirements.txt", "setup.py")  # fmt: skip
_SCRIPT_TEST = re.compile(r"\.(test|spec)\.[cm]?[jt]sx?$")
_SCRIPT_FOLDERS = ("__tests__", "test", "tests", "test/unit", "tests/unit")
# Some runners want the suffix of the file that is imported, others that of what it is compiled to, most none.
_SUFFIXED = re.compile(r"from\s+['\"]\.[^'\"]*?(\.[cm]?[jt]s)['\"]")
_MOST_SAMPLES = 3
_NODE = "node:test and node:assert"


@dataclass(frozen=True, slots=True)
class PlaceOfTests:
    """Where the tests of a file go: a path in the project, its present text (None for a new file), the framework.

    `sample` is another test file of the project, to show the style, and `sample_path` where it is.
    """

    path: str
    text: str | None
    framework: str
    sample: str = ""
    sample_path: str = ""


def find_test_place(project: Project, language: str) -> PlaceOfTests:
    """Return where the project keeps, or would keep, the tests of its document."""
    source = PurePosixPath(project.path)
    if language == "go":
        path = source.with_name(f"{source.stem}_test.go").as_posix()
        return _placed(project, path, "testing", _siblings(project, source.parent, re.compile(r"_test\.go$")))
    if language == "python":
        folder, others = _python_folder(project, source)
        path = (folder / f"test_{_plain_stem(source)}.py").as_posix()
        return _placed(project, path, "", others)
    path, others = _script_place(project, source)
    return _placed(project, path, _script_framework(project, others), others)


def import_line(project: Project, place: PlaceOfTests, language: str, name: str, text: str) -> str:
    """Return how a test file imports a name of the document."""
    source = PurePosixPath(project.path)
    if language == "python":
        return f"from {python_module(project)} import {name}"
    if language == "go":
        return ""
    suffixed = _SUFFIXED.search(place.text or place.sample)
    target = _relative(source.with_suffix(""), PurePosixPath(place.path).parent) + (suffixed[1] if suffixed else "")
    if re.search(rf"export\s+default\s+(?:async\s+)?(?:function|class)?\s*{re.escape(name)}\b", text):
        return f'import {name} from "{target}";'
    if "module.exports" in text or re.search(r"^exports\.", text, re.MULTILINE):
        return f'const {{ {name} }} = require("{target}");'
    return f'import {{ {name} }} from "{target}";'


def python_module(project: Project) -> str:
    """Return the dotted name that the document is imported by: from the first folder around it that is no package."""
    source = PurePosixPath(project.path)
    parts = [] if source.stem == "__init__" else [source.stem]
    folder = source.parent
    while folder.name and "__init__.py" in project.names(folder.as_posix()):
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or source.stem


def _placed(project: Project, path: str, framework: str, others: list[str]) -> PlaceOfTests:
    text = project.read(path)
    sample_path = next((each for each in others if each != path), "")
    sample = (project.read(sample_path) or "") if sample_path else ""
    return PlaceOfTests(path, text, framework or _python_framework(project, text or sample), sample, sample_path)


def _python_framework(project: Project, sample: str) -> str:
    if sample:
        is_unittest = "unittest" in sample and "import pytest" not in sample and "TestCase" in sample
        return "unittest" if is_unittest else "pytest"
    found = [project.read(each) or "" for each in _PYTHON_FILES]
    if any("pytest" in each for each in found):
        return "pytest"
    return "unittest" if any("unittest" in each for each in found) else "pytest"


def _python_folder(project: Project, source: PurePosixPath) -> tuple[PurePosixPath, list[str]]:
    """Return the folder for a file's tests, and the test files that are there already."""
    tests = re.compile(r"^test_\w+\.py$|_test\.py$")
    best: tuple[PurePosixPath, list[str]] | None = None
    for folder in _python_folders(source):
        names = project.names(folder.as_posix())
        found = [name for name in names if tests.search(name)]
        if f"test_{_plain_stem(source)}.py" in names:
            return folder, [(folder / name).as_posix() for name in found]
        if found and best is None:
            best = folder, [(folder / name).as_posix() for name in found]
    return best or (PurePosixPath("tests"), [])


def _python_folders(source: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the folders that tests may be in, those that mirror most of a file's own path first."""
    parents = source.parent.parts
    for start in range(len(parts := parents) + 1):
        for top in _PYTHON_FOLDERS:
            yield PurePosixPath(top).joinpath(*parts[start:])
    yield source.parent / "tests"
    yield source.parent


def _plain_stem(source: PurePosixPath) -> str:
    """Return what a file's tests are called after; a package's own file is called as the package."""
    return source.stem.lstrip("_") if source.stem != "__init__" else source.parent.name or "package"


def _script_place(project: Project, source: PurePosixPath) -> tuple[str, list[str]]:
    suffix = source.suffix
    around = [folder / name for folder in source.parents for name in _SCRIPT_FOLDERS]
    for folder in (source.parent, *around):
        others = _siblings(project, folder, _SCRIPT_TEST)
        if others:
            found = _SCRIPT_TEST.search(others[0])
            word = found[1] if found else "test"
            return (folder / f"{source.stem}.{word}{suffix}").as_posix(), others
    return source.with_name(f"{source.stem}.test{suffix}").as_posix(), []


def _script_framework(project: Project, others: list[str]) -> str:
    samples = " ".join(project.read(each) or "" for each in others[:1])
    if "node:test" in samples:
        return _NODE
    packages = [folder / "package.json" for folder in PurePosixPath(project.path).parents]
    listed = next((text for each in packages if (text := project.read(each.as_posix()))), "")
    for name, mark in (("Vitest", "vitest"), ("Jest", "jest"), ("Mocha with node:assert", "mocha")):
        if mark in samples or f'"{mark}"' in listed:
            return name
    return "Jest" if "expect(" in samples else _NODE


def _siblings(project: Project, folder: PurePosixPath, pattern: re.Pattern[str]) -> list[str]:
    found = [name for name in project.names(folder.as_posix()) if pattern.search(name)]
    return [(folder / name).as_posix() for name in found[:_MOST_SAMPLES]]


def _relative(target: PurePosixPath, folder: PurePosixPath) -> str:
    shared = 0
    for one, other in zip(target.parent.parts, folder.parts, strict=False):
        if one != other:
            break
        shared += 1
    up = ["..", *[".."] * (len(folder.parts) - shared - 1)] if len(folder.parts) > shared else ["."]
    return "/".join([*up, *target.parts[shared:]])
