"""How the launcher inside a sandbox is started, and what it is told."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pylot.execution.inside.orders import Order
from pylot.execution.sandbox.bubblewrap import bubblewrap_argv
from pylot.execution.sandbox.profile import Level, Profile

# A pipeline is a list of argument lists; the operator says when it runs after the one before it. Then come, if any has
# one, the redirections of each.
Step = tuple[str, Sequence[Sequence[str]], Sequence[Sequence[str]]]
Steps = Sequence[Step]

PACKAGES = str(Path(__file__).parents[2])
# The package's folder comes last, so that nothing beside it takes the place of the standard library.
_LAUNCH = "import sys; sys.path.append(sys.argv[1]); from pylot.execution.inside.launch import main; main()"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The way to confine a command on this machine; `program` is bubblewrap's, where it is used."""

    level: Level
    program: Path | None = None

    def argv(self, profile: Profile, cwd: Path, filter_descriptor: int | None) -> list[str]:
        """Return the arguments that start the launcher."""
        own = [sys.executable, "-I", "-S", "-c", _LAUNCH, PACKAGES]
        if self.level == "bubblewrap" and self.program is not None:
            return [*bubblewrap_argv(self.program, profile, filter_descriptor, cwd), *own]
        return own

    def order(self, profile: Profile, cwd: Path, steps: Steps, report: int) -> bytes:
        """Return what the launcher reads from its standard input; it reports on the descriptor `report`."""
        order: Order = {
            "level": self.level,
            "cwd": str(cwd),
            "steps": [
                (operator, [list(argv) for argv in pipeline], [list(each) for each in redirections])
                for operator, pipeline, redirections in steps
            ],
            "report": report,
            "network": profile.network,
            "writable": [str(path) for path in (*profile.roots, profile.scratch)],
            "protected": [str(path) for path in profile.read_only],
            "hidden": [str(path) for path in profile.hidden],
            "shown": [(str(path), str(instead)) for path, instead in profile.shown],
        }
        return marshal.dumps(dict(order))


NO_SANDBOX = Sandbox("none")
