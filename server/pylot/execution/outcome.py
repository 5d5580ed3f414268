"""What became of an action (C7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` is what the model reads, `error` one sentence when it is not `ok`.

    `artefact` is the path of the whole text where `text` is `truncated` and the rest was kept.
    """

    ok: bool
    text: str = ""
    error: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    truncated: bool = False
    artefact: str = ""
