"""What a launcher is told: plain values, in the form that one Python writes for another of the same version (marshal).

Only the one that writes it imports this: a command waits for whatever its launcher imports.
"""

from __future__ import annotations

from typing import TypedDict


class Order(TypedDict):
    """One command and what it may touch; paths are absolute, and `report` is a descriptor."""

    level: str
    cwd: str
    steps: list[tuple[str, list[list[str]], list[list[str]]]]
    report: int
    network: bool
    writable: list[str]
    protected: list[str]
    hidden: list[str]
    shown: list[tuple[str, str]]
