"""The port through which written tests are run before anybody is asked about them (L4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from pylot.actions.edits import applied
from pylot.actions.offer import Plan

NOT_RUN = "not run yet"


@dataclass(frozen=True, slots=True)
class TriedTests:
    """The names of the tests that passed, and of those that did not."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


class RunsTests(Protocol):
    """Run tests that are not written yet, where they can do no harm."""

    async def run(self, path: str, text: str) -> TriedTests | None:
        """Return what became of the tests of a file as it would be; None where they cannot be run."""
        ...


async def tried(plan: Plan, runner: RunsTests) -> Plan:
    """Return a plan of one test file whose label says which of its tests pass."""
    [file] = plan.others
    outcome = await runner.run(file.path, applied(file.text or "", file.edits))
    if outcome is None:
        return plan
    if outcome.failed:
        n_all = len(outcome.passed) + len(outcome.failed)
        said = f"{len(outcome.passed)} of {n_all} pass, not {', '.join(outcome.failed[:3])}"
    else:
        said = "all pass"
    return replace(plan, label=plan.label.replace(NOT_RUN, said))
