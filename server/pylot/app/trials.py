"""How one file of tests is tried in a folder of its own, by language (L4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pylot.actions.by_model.trying import TriedTests

FindProgram = Callable[[str], str | None]
"""Return where a program lies that is no part of the workspace, or None."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A command, the folder that it runs in, what else its environment has, and what its output says of the tests."""

    argv: tuple[str, ...]
    cwd: Path
    read: Callable[[str], TriedTests | None]
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class WrittenTests:
    """A file of tests as it would be, in a workspace folder that stays as it is; `scratch` may be written to."""

    root: Path
    path: Path
    text: str
    scratch: Path
    find_program: FindProgram


def tried_tests(results: Iterable[tuple[str, bool]]) -> TriedTests | None:
    """Return tests by whether they passed, all of those that share a name; None where there are none."""
    found: dict[str, bool] = {}
    for name, is_good in results:
        found[name] = found.get(name, True) and is_good
    passed = tuple(name for name, is_good in found.items() if is_good)
    return TriedTests(passed, tuple(name for name in found if name not in passed)) if found else None
