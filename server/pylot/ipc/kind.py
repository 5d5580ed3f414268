"""What a process is that others share: the engine, the index worker."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.kernel.errors import PylotError


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of shared process: its name in sentences, its protocol's version, and the errors that tell of it.

    `failed` is the base of the others: `unavailable` (it does not run), `crashed` (it ended while it started) and
    `protocol` (a peer broke the protocol).
    """

    name: str
    version: int
    failed: type[PylotError]
    unavailable: type[PylotError]
    crashed: type[PylotError]
    protocol: type[PylotError]
