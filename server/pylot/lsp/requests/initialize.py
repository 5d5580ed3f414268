from __future__ import annotations

from lsprotocol import types

from pylot import __version__
from pylot.lsp.capabilities import server_capabilities
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.context import Context
from pylot.lsp.parent_watch import parent_death


def initialize(context: Context, facts: ClientFacts) -> types.InitializeResult:
    """Make the session and say what the server can do."""
    context.create_session(facts)
    if facts.process_id is not None:
        context.in_background(_leave_with(facts.process_id, context))
    return types.InitializeResult(
        capabilities=server_capabilities(facts), server_info=types.ServerInfo(name="pylot", version=__version__)
    )


async def _leave_with(process_id: int, context: Context) -> None:
    await parent_death(process_id, context.options.parent_poll)
    context.leave(0, "The editor's process is gone.")
