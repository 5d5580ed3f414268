"""The user at a terminal, as an agent sees them: steps as lines, questions where somebody can answer them."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pylot.app.agent_client import Chosen, DocumentEdit, Json
from pylot.app.client import ProgressHandle
from pylot.app.question_page import question_lines
from pylot.cli.terminal import paint, plain

_KEYS = {"once": "o", "task": "t", "workspace": "w", "user": "u", "deny": "d", "deny_always": "n", "trust": "f"}
_LATER = "l"
_MARKS = {"completed": "x", "in_progress": ">"}


class AgentConsole:
    """Implement `app.agent_client.AgentClient` on stderr and stdin; answers go to stdout by whoever runs the command.

    Without a terminal, or with `asks` false, nothing is asked: questions stay open.
    """

    waits_for_others = False

    def __init__(self, *, asks: bool = True, quiet: bool = False) -> None:
        self._asks = asks
        self._quiet = quiet
        self._last = ""
        self._plan: list[Json] = []

    @property
    def can_ask(self) -> bool:
        """Whether somebody is at a terminal."""
        return self._asks and sys.stdin.isatty() and sys.stderr.isatty()

    async def ask_approval(self, question: Mapping[str, Any]) -> Chosen | None:
        """Show everything that would be done, and read a letter; `l` leaves the question open."""
        _say("", *(paint(line, style, sys.stderr) if style else line for line, style in question_lines(question)))
        keys = {_KEYS[choice["id"]]: choice for choice in question["choices"] if choice["id"] in _KEYS}
        offered = ", ".join(f"[{key}] {choice['title']}" for key, choice in keys.items())
        while True:
            sys.stderr.write(paint(f"{offered}, [{_LATER}] Later: ", "bold", sys.stderr))
            sys.stderr.flush()
            typed = await _read_line()
            if typed is None or typed.strip() == _LATER:
                return None
            key, _, comment = typed.strip().partition(" ")
            if key in keys:
                return Chosen(keys[key]["id"], comment.strip())
            _say("Type one of the letters; behind [d] you can say why, and the agent reads it.")

    async def ask_input(self, title: str, prompt: str, *, masked: bool) -> str | None:
        """Read a line, without showing it where it is `masked`."""
        if not self.can_ask:
            return None
        if masked:
            # The library turns the echo off; it cannot be left before a line has come.
            return await asyncio.to_thread(getpass.getpass, f"{title}: {plain(prompt)} ")
        sys.stderr.write(f"{plain(prompt)} ")
        sys.stderr.flush()
        return await _read_line()

    async def ask_yes(self, question: str, yes: str) -> bool:
        """Read a letter, where somebody is at a terminal."""
        if not self.can_ask:
            return False
        sys.stderr.write(paint(f"{plain(question)} [y] {yes}, [n] No: ", "bold", sys.stderr))
        sys.stderr.flush()
        return ((await _read_line()) or "").strip().lower() == "y"

    async def ask_to_go_on(self) -> bool:
        """Ask whether a task that has reached a limit is to go on (A7)."""
        if not self.can_ask:
            return False
        sys.stderr.write(paint("[c] Continue, [s] Stop: ", "bold", sys.stderr))
        sys.stderr.flush()
        return ((await _read_line()) or "").strip().lower() == "c"

    async def apply_edit(self, label: str, edit: DocumentEdit) -> bool:
        """Return False: there is no editor."""
        return False

    async def save(self, documents: Sequence[tuple[str, int]]) -> None:
        """Do nothing: there is no editor."""

    def task_changed(self, update: Json) -> None:
        """Write what is new: the plan when it has changed, and the present step."""
        if self._quiet:
            return
        plan = update.get("plan", [])
        if plan != self._plan:
            self._plan = plan
            _say(*(f"  [{_MARKS.get(step.get('status', ''), ' ')}] {plain(step.get('text', ''))}" for step in plan))
        is_at_work = update["status"] == "running" and not update["pendingApprovals"]
        line = str(update.get("message", "")) if is_at_work else ""
        if line and line != self._last:
            self._last = line
            _say(paint(f"  {plain(line)}", "dim", sys.stderr))

    def begin_task_progress(self, title: str, on_cancel: Callable[[], None]) -> ProgressHandle:
        """Write what is begun."""
        if not self._quiet:
            _say(paint(plain(title), "bold", sys.stderr))
        return _Silent()


class _Silent:
    def report(self, message: str, percent: int | None = None) -> None:
        """Say nothing: `task_changed` does."""

    def end(self, message: str = "") -> None:
        """Say nothing."""


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()


async def _read_line() -> str | None:
    """Return a line of stdin, None at its end; unlike a thread, this can be given up for an answer from elsewhere."""
    if sys.platform == "win32":
        return await asyncio.to_thread(sys.stdin.readline) or None
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(sys.stdin.fileno(), _tell, ready)
    try:
        await ready
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline() or None


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
