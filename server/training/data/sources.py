"""Which packages the recipe reads: `sources.toml` beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCES_FILE = Path(__file__).with_name("sources.toml")


@dataclass(frozen=True, slots=True)
class Sources:
    """Packages by name and version; projects that are only ever tested on; licences that were read by hand.

    `caps` limits the characters taken from one project, so that none dominates.
    """

    pypi: dict[str, str]
    npm: dict[str, str]
    held_out: frozenset[str]
    licences: dict[str, str]
    default_cap: int
    caps: dict[str, int]

    def cap(self, project: str) -> int:
        """Return how many characters of a project are taken at most."""
        return self.caps.get(project, self.default_cap)


def read_sources(path: Path = SOURCES_FILE) -> Sources:
    """Return the list that the recipe is pinned to."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    return Sources(
        pypi=values["pypi"],
        npm=values["npm"],
        held_out=frozenset(values["held_out"]),
        licences=values["licences"],
        default_cap=values["default_cap"],
        caps=values["caps"],
    )
