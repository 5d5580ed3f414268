"""What a test runner's output says: how many passed, and which did not."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

_MOST_NAMES = 50

# Of each runner: the line with its figures, which may come once per package, and the line that names a failure.
_FIGURES = (
    re.compile(r"(?P<n>\d+) (?P<what>passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)\b"),
    re.compile(r"^(?:#|ℹ) (?P<what>pass|fail|skipped) (?P<n>\d+)$", re.MULTILINE),
)
_UNITTEST = re.compile(r"^Ran (\d+) tests? in .*?^(?:OK|FAILED)(?: \((.*)\))?$", re.MULTILINE | re.DOTALL)
_UNITTEST_PART = re.compile(r"(failures|errors|skipped)=(\d+)")
_GO = re.compile(r"^\s*--- (PASS|FAIL|SKIP): ", re.MULTILINE)
_FAILURES = re.compile(
    r"^(?:FAILED (?P<pytest>\S+::\S+)|ERROR (?P<error>\S+::\S+)|(?:FAIL|ERROR): (?P<unittest>\S+ \(\S+\))"
    r"|\s*--- FAIL: (?P<go>\S+)|test (?P<cargo>\S+) \.\.\. FAILED|\s*● (?P<jest>.+)|not ok \d+ - (?P<tap>.+))",
    re.MULTILINE,
)
_MEANS = {"pass": "passed", "fail": "failed", "error": "errors"}
_SUMMARY = re.compile(r"^(?:=+ .*|.*\b(?:test result|Tests):.*|\d+ (?:passed|failed).*|(?:#|ℹ) .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SuiteReport:
    """The figures of a run, and the names of tests that failed, as far as the output tells."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    failures: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the report as JSON values."""
        return {**asdict(self), "failures": list(self.failures)}


def read_suite_report(output: str) -> SuiteReport | None:
    """Return what the output of pytest, unittest, go, cargo, jest or node says; None where it is none of theirs."""
    counts = _unittest(output) or _go(output) or _figures(output)
    names = [next(name for name in match.groups() if name) for match in _FAILURES.finditer(output)]
    if not counts and not names:
        return None
    failures = tuple(dict.fromkeys(name.strip() for name in names))[:_MOST_NAMES]
    return SuiteReport(**{name: counts.get(name, 0) for name in ("passed", "failed", "errors", "skipped")},
                      failures=failures)  # fmt: skip


def _figures(output: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in _SUMMARY.findall(output):
        for pattern in _FIGURES:
            for match in pattern.finditer(line):
                what = _MEANS.get(match["what"], match["what"])
                counts[what] = counts.get(what, 0) + int(match["n"])
    return counts


def _unittest(output: str) -> dict[str, int]:
    match = _UNITTEST.search(output)
    if match is None:
        return {}
    parts = {name: int(number) for name, number in _UNITTEST_PART.findall(match[2] or "")}
    counts = {"failed": parts.get("failures", 0), "errors": parts.get("errors", 0), "skipped": parts.get("skipped", 0)}
    return {**counts, "passed": int(match[1]) - sum(counts.values())}


def _go(output: str) -> dict[str, int]:
    found = _GO.findall(output)
    return (
        {"passed": found.count("PASS"), "failed": found.count("FAIL"), "skipped": found.count("SKIP")} if found else {}
    )
