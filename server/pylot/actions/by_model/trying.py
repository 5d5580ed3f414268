"""The port through which written tests are run before anybody is asked about them (L4)."""

from __future__ import annotations

import re
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
    # The file may have had tests before, and what a run prints may name anything.
    written = "\n".join(edit.text for edit in file.edits)
    passed = [name for name in outcome.passed if _names(written, name)] if outcome is not None else []
    failed = [name for name in outcome.failed if _names(written, name)] if outcome is not None else []
    if not passed and not failed:
        return plan
    some = f"{len(passed)} of {len(passed) + len(failed)} pass, not {', '.join(failed[:3])}"
    said = some if failed else "all pass"
    return replace(plan, label=plan.label.replace(NOT_RUN, said))


def _names(written: str, name: str) -> bool:
    """Tell whether a test has a name: that of a function, or the title that one is called with (`it("is", ...)`)."""
    own = re.escape(name)
    title = rf"\b(?:it|test)(?:\.\w+(?:\([^\n]*?\))?)*\(\s*(['\"`]){own}\1"
    return re.search(rf"\b(?:def|func)\s+{own}\b|{title}", written) is not None
