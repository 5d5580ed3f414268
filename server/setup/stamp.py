"""How a finished setup is recognized, so that the next run costs nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """What a finished setup was made from."""

    inputs: str
    cmake_arguments: str


def digest(files: Iterable[Path], facts: Iterable[str]) -> str:
    """Return one hash over the contents of `files` and over `facts`; the order counts."""
    whole = hashlib.sha256()
    for part in (*(file.read_bytes() for file in files), *(fact.encode() for fact in facts)):
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp of the last finished setup, or nothing."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(inputs=str(values["inputs"]), cmake_arguments=str(values["cmake_arguments"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Record that the setup is finished."""
    path.write_text(json.dumps(asdict(stamp), indent=2) + "\n", encoding="utf-8")
