"""Serve one editor on stdin and stdout until it leaves."""

from __future__ import annotations

import asyncio
import os
import sys

from acp import run_agent

from pylot.acp.agent import NewSession, PylotAgent

_LONGEST_MESSAGE = 50 * 1024 * 1024


def run_stdio(new_session: NewSession) -> int:
    """Serve until stdin ends; nothing but the protocol is written to stdout, whatever prints."""
    asyncio.run(_serve(new_session))
    return 0


async def _serve(new_session: NewSession) -> None:
    agent = PylotAgent(new_session)
    try:
        if sys.platform == "win32":
            await run_agent(agent)
            return
        reader, writer = await _streams()
        await run_agent(agent, writer, reader)
    finally:
        await agent.close()


async def _streams() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return stdin and stdout as streams, and let everything else that writes to stdout write to stderr."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LONGEST_MESSAGE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)
