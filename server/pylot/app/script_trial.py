"""Tests of JavaScript and TypeScript, run by Vitest, Jest or Node itself as the project has them installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pylot.actions.by_model.trying import TriedTests
from pylot.app.trials import Trial, WrittenTests, tried_tests
from pylot.workspace.path_guard import read_regular

_LARGEST_REPORT = 1 << 22
_LARGEST_SETTINGS = 1 << 18
_MOST_ENTRIES = 5_000
# `FILE`, `FOLDER`, `REPORT` and `CACHE` are the places of one run.
_RUNNERS = {
    "vitest": (
        "run", "--root", "FOLDER", "--reporter=json", "--outputFile=REPORT", "--coverage.enabled=false",
        "--no-file-parallelism", "FILE",
    ),
    "jest": (
        "--ci", "--runInBand", "--rootDir", "FOLDER", "--json", "--outputFile=REPORT", "--cacheDirectory=CACHE",
        "--watchman=false", "--coverage=false", "--runTestsByPath", "FILE",
    ),
}  # fmt: skip
_LEFT_OUT = frozenset({".git", ".hg", ".pylot", "coverage"})
# Programs look for what belongs to a project beside its settings, so those have to lie where the tests do.
_SETTINGS = re.compile(
    r"package\.json|[tj]sconfig\b.*\.json|\.(?!npmrc)[a-z]+rc(?:\.\w+)?|.*\.config\.\w+|vitest\.workspace\.\w+"
)
_TAP = re.compile(r"^\s*(not ok|ok) \d+ - (.+)$", re.MULTILINE)
_LEFT_UNDONE = re.compile(r"(?<!\\)# (?:SKIP|TODO)\b")
_ESCAPED = re.compile(r"\\([\\#])")


def script_trial(tests: WrittenTests) -> Trial | None:
    """Return how tests of JavaScript or TypeScript are run; None where their runner is not installed."""
    node, package = tests.find_program("node"), _package_of(tests)
    if node is None:
        return None
    command = _by_node(tests) if "node:test" in tests.text else _by_runner(tests, package)
    if command is None:
        return None
    project = tests.scratch / "project"
    if not _mirrored(tests, project):
        return None
    file = project / tests.path.relative_to(tests.root)
    folder, report = project / package.relative_to(tests.root), tests.scratch / "report.json"
    places = {"FILE": str(file), "FOLDER": str(folder), "REPORT": str(report), "CACHE": str(tests.scratch / "cache")}
    argv = (node, *(_filled(each, places) for each in command))
    return Trial(argv, folder, lambda output: _results(output, report, file), {"CI": "1", "NODE_ENV": "test"})


def read_tap_results(output: str) -> TriedTests | None:
    """Return the tests and groups of tests that Node tells of by the Test Anything Protocol (TAP 13)."""
    found = [(name, mark == "ok") for mark, name in _TAP.findall(output) if not _LEFT_UNDONE.search(name)]
    return tried_tests((_ESCAPED.sub(r"\1", name), is_good) for name, is_good in found)


def _results(output: str, report: Path, file: Path) -> TriedTests | None:
    data = read_regular(report, _LARGEST_REPORT)
    return read_tap_results(output) if data is None else read_jest_report(data.decode("utf-8", "replace"), file.name)


def read_jest_report(text: str, name: str) -> TriedTests | None:
    """Return the tests of a file that the JSON report of Jest or Vitest tells of."""
    try:
        report = json.loads(text)
        files = [each for each in report["testResults"] if Path(str(each["name"])).name == name]
        tests = [each for file in files for each in file["assertionResults"]]
        return tried_tests(
            (str(each["title"]), each["status"] == "passed") for each in tests if each["status"] in ("passed", "failed")
        )
    except (ValueError, KeyError, TypeError):
        return None


def _by_node(tests: WrittenTests) -> tuple[str, ...] | None:
    if not re.fullmatch(r"\.[cm]?ts", tests.path.suffix):
        return ("--test-reporter=tap", "FILE") if tests.path.suffix in (".js", ".mjs", ".cjs") else None
    has_tsx = _installed(tests, "tsx") is not None
    types = ("--import", "tsx") if has_tsx else ("--experimental-strip-types",)
    return (*types, "--test-reporter=tap", "FILE")


def _by_runner(tests: WrittenTests, package: Path) -> tuple[str, ...] | None:
    said = tests.text + _text(package / "package.json") + _text(tests.root / "package.json")
    for name, arguments in _RUNNERS.items():
        program = _installed(tests, name) if name in said else None
        if program is not None:
            return (str(program), *arguments)
    return None


def _filled(word: str, places: Mapping[str, str]) -> str:
    head, equals, name = word.rpartition("=")
    return f"{head}{equals}{places[name]}" if name in places else word


def _folders(tests: WrittenTests) -> Iterator[Path]:
    """Yield the folders around a file that lie in the workspace, the nearest first."""
    for folder in tests.path.parents:
        if folder.is_relative_to(tests.root):
            yield folder


def _package_of(tests: WrittenTests) -> Path:
    return next((each for each in _folders(tests) if (each / "package.json").is_file()), tests.root)


def _installed(tests: WrittenTests, name: str) -> Path | None:
    """Return the program of an installed package."""
    for folder in _folders(tests):
        package = folder / "node_modules" / name
        try:
            program = json.loads(_text(package / "package.json") or "{}").get("bin")
        except (ValueError, AttributeError):
            return None
        program = program.get(name) if isinstance(program, dict) else program
        if isinstance(program, str) and (package / program).is_file():
            return package / program
    return None


def _mirrored(tests: WrittenTests, target: Path) -> bool:
    """Make a project of links to the workspace, with the tests in it; False where that would be too large.

    The folders that lead to the tests are real ones, and so are those of packages, where runners keep their caches.
    """
    parts = tests.path.relative_to(tests.root).parts
    n_entries = 0
    for depth in range(len(parts)):
        source, folder = tests.root.joinpath(*parts[:depth]), target.joinpath(*parts[:depth])
        folder.mkdir(parents=True)
        there = sorted(source.iterdir()) if source.is_dir() else []
        packages = source / "node_modules"
        inner = sorted(packages.iterdir()) if packages.is_dir() else []
        n_entries += len(there) + len(inner)
        if n_entries > _MOST_ENTRIES:
            return False
        for each in there:
            if each.name != parts[depth] and each != packages and each.name not in _LEFT_OUT:
                _place(each, folder / each.name)
        if inner:
            (folder / packages.name).mkdir()
        for each in inner:
            if not each.name.startswith(".") or each.name in (".bin", ".pnpm"):
                (folder / packages.name / each.name).symlink_to(each)
    target.joinpath(*parts).write_text(tests.text, encoding="utf-8")
    return True


def _place(source: Path, target: Path) -> None:
    data = read_regular(source, _LARGEST_SETTINGS) if _SETTINGS.fullmatch(source.name) else None
    if data is None or len(data) > _LARGEST_SETTINGS:
        target.symlink_to(source)
    else:
        target.write_bytes(data)


def _text(path: Path) -> str:
    return (read_regular(path, _LARGEST_SETTINGS) or b"").decode("utf-8", "replace")
