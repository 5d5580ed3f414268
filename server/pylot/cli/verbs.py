"""Commands that have verbs, as `pylot agent run`."""

from __future__ import annotations

import argparse
from typing import Protocol


class AddVerb(Protocol):
    """Declare a verb by its name and what the list of verbs says of it; its own help may say more."""

    def __call__(self, name: str, summary: str, description: str = "") -> argparse.ArgumentParser:
        """Return the verb's parser."""


def add_verbs(parser: argparse.ArgumentParser) -> AddVerb:
    """Return what declares the verbs of a command."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(name: str, summary: str, description: str = "") -> argparse.ArgumentParser:
        said = description or f"{summary[0].upper()}{summary[1:]}."
        return verbs.add_parser(name, help=summary, description=said)

    return add
