"""A password for sudo that passes through here and stays nowhere (D4, reference T5).

Sudo starts a helper of ours (`SUDO_ASKPASS`), which asks over a socket in a private folder with a one-time token; the
user types into a masked field of the editor, and the answer goes to sudo by a pipe. No argument, environment, file,
log or event ever holds it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pylot.execution.launching import PACKAGES
from pylot.kernel.errors import ExecutionError
from pylot.kernel.shown_text import shown_command

_START = "import sys; sys.path.append(sys.argv[1]); from pylot.execution.inside.askpass import main; main()"
_FORGET_SECONDS = 10.0


class MaskedInput(Protocol):
    """Ask the user for a password; whoever fulfils this keeps and logs nothing of the answer."""

    async def __call__(self, title: str, prompt: str) -> str | None:
        """Return what was typed into a masked field, or None when the user would not."""
        ...


@contextlib.asynccontextmanager
async def sudo_environment(
    ask: MaskedInput, argv: Sequence[str], environment: Mapping[str, str]
) -> AsyncIterator[tuple[list[str], dict[str, str]]]:
    """Yield the words in front of a command and its environment; what sudo remembered is forgotten at the end.

    Raises ExecutionError where there is no sudo.
    """
    program = shutil.which("sudo", path=environment["PATH"])
    if program is None or sys.platform == "win32":
        raise ExecutionError("There is no sudo on this machine.")
    folder = Path(tempfile.mkdtemp(prefix="pylot-sudo-"))
    try:
        token = secrets.token_hex(32)
        server = await asyncio.start_unix_server(_once(token, ask, argv), folder / "s", limit=256)
        (folder / "s").chmod(0o600)
        async with server:
            helper = _write_helper(folder, token)
            # With a command, -k neither uses nor leaves a remembered password.
            yield [program, "-A", "-k", "-p", "", "--"], {**environment, "SUDO_ASKPASS": str(helper)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        await _forget(program, environment)


def _once(
    token: str, ask: MaskedInput, argv: Sequence[str]
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    unused = [token]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            given = (await reader.readline()).strip()
            if not unused or not secrets.compare_digest(given, unused[0].encode()):
                return
            # A wrong password makes sudo ask again, which is a new approval.
            unused.clear()
            password = await ask("Password for sudo", f"Password to run as root: {shown_command(tuple(argv))}")
            if password:
                writer.write(password.encode())
                await writer.drain()
        except (OSError, ValueError):
            return
        finally:
            writer.close()

    return answer


def _write_helper(folder: Path, token: str) -> Path:
    words = [sys.executable, "-I", "-S", "-c", _START, PACKAGES, str(folder / "s"), token]
    helper = folder / "askpass"
    descriptor = os.open(helper, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    return helper


async def _forget(program: str, environment: Mapping[str, str]) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        process = await asyncio.create_subprocess_exec(
            program, "-k", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, env=dict(environment),
        )  # fmt: skip
        await asyncio.wait_for(process.wait(), _FORGET_SECONDS)
