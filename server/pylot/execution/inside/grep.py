"""Search files line by line; reads its order from standard input and writes the hits to standard output, as JSON."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

_LONGEST_LINE = 300


def main() -> None:
    """Answer the one order."""
    order = json.loads(sys.stdin.buffer.read())
    try:
        answer: dict[str, Any] = {"hits": search(order)}
    except re.error as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


def search(order: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Return `(path, line number, line)` of the first hits; raises re.error."""
    query = order["query"] if order["regex"] else re.escape(order["query"])
    pattern = re.compile(query, 0 if order["regex"] or query != query.lower() else re.IGNORECASE)
    hits: list[tuple[str, int, str]] = []
    for path in order["files"]:
        try:
            with open(path, "rb") as file:
                data = file.read(order["largest"] + 1)
        except OSError:
            continue
        if len(data) > order["largest"] or b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                hits.append((path, number, line.strip()[:_LONGEST_LINE]))
                if len(hits) >= order["most"]:
                    return hits
    return hits
