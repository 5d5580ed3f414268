"""Show in the editor how far an index has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pylot.app.client import Client, ProgressHandle

# Fewer files are done before anybody could read how many there are.
_WORTH_SHOWING = 30


class IndexProgress:
    """One report while files are read, and one while they are embedded; a few saved files show nothing."""

    def __init__(self, name: str, client: Client) -> None:
        self._name = name
        self._client = client
        self._handle: ProgressHandle | None = None
        self._phase = ""

    def show(self, state: Mapping[str, Any]) -> None:
        """Take in a state, as `IndexState.to_json` writes it."""
        phase = state["phase"]
        if phase == "looking":
            return
        if phase != self._phase:
            self.end(_summary(state))
            self._phase = phase
        if phase in ("reading", "embedding") and (self._handle or state["total"] - state["done"] >= _WORTH_SHOWING):
            if self._handle is None:
                title = "indexing" if phase == "reading" else "preparing search by meaning in"
                self._handle = self._client.begin_progress(f"Pylot: {title} {self._name}")
            self._handle.report(describe(state), state["percent"])

    def end(self, message: str = "") -> None:
        """End the report, if there is one."""
        handle, self._handle = self._handle, None
        self._phase = ""
        if handle is not None:
            handle.end(message)


def describe(state: Mapping[str, Any]) -> str:
    """Return how far the work is, in a few words."""
    speed = f", {state['files_per_second']:,.0f} files/s" if state["files_per_second"] else ""
    return f"{state['done']:,} of {state['total']:,} files{speed}"


def _summary(state: Mapping[str, Any]) -> str:
    return f"{state['files']:,} files are indexed."
