"""The lock file as data: one block of text per locked package."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")

ENGINE = "llama-cpp-python"
BUILD_TOOLS = frozenset({"cmake", "ninja", "scikit-build-core"})


@dataclass(frozen=True)
class Pin:
    """One locked package: its exact version and the text that pip understands, hashes included."""

    name: str
    version: str
    text: str


def parse_lock(text: str) -> list[Pin]:
    """Return the pins of a requirements file in its order (a package may have one pin per platform)."""
    pins: list[Pin] = []
    for line in text.splitlines():
        match = _PIN.match(line)
        if match:
            name = re.sub(r"[-_.]+", "-", match["name"]).lower()
            pins.append(Pin(name, match["version"], line + "\n"))
        elif pins and line.startswith(" "):
            last = pins[-1]
            pins[-1] = Pin(last.name, last.version, last.text + line + "\n")
    return pins


def select(pins: Collection[Pin], names: Collection[str]) -> str:
    """Return a requirements file that holds the named packages alone."""
    return "".join(pin.text for pin in pins if pin.name in names)


def everyday_names(pins: Collection[Pin]) -> set[str]:
    """Return the packages that pip installs as they are: all but the engine and what builds it."""
    return {pin.name for pin in pins} - {ENGINE} - BUILD_TOOLS
