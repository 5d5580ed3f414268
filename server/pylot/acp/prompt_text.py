"""What a user has put into a prompt, as one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pylot.text.uris import path_of


def text_of(blocks: Sequence[Any]) -> str:
    """Return the text of a prompt's blocks; files that are mentioned are named, those that are embedded are shown.

    Pictures and sounds are left out, which the answer to `initialize` says beforehand.
    """
    parts: list[str] = []
    shown: list[str] = []
    for block in blocks:
        match getattr(block, "type", ""):
            case "text":
                parts.append(str(block.text))
            case "resource_link":
                parts.append(_name(str(block.uri)))
            case "resource" if text := getattr(block.resource, "text", None):
                name = _name(str(block.resource.uri))
                parts.append(name)
                shown.append(f"{name}:\n{text}")
    return "\n\n".join(["".join(parts).strip(), *shown]).strip()


def _name(uri: str) -> str:
    return path_of(uri) or uri
