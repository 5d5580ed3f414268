"""`pylot.workspace.*`: whom the user trusts, which a person says (T8)."""

from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.named_folder import named_folder

Arguments = tuple[object, ...]


async def trust(context: Context, arguments: Arguments) -> object:
    """Ask the user whether they trust a folder of this window, without one all of them, and write that they do."""
    trusting = context.session.agents.trusting
    await trusting.ask(context.session.agents.client, trusting.of_window(named_folder(arguments), trusted=False))
    return trusting.to_json()


async def distrust(context: Context, arguments: Arguments) -> object:
    """Trust a folder no longer, without one no folder of this window."""
    trusting, folder = context.session.agents.trusting, named_folder(arguments)
    for each in trusting.of_window(None, trusted=True) if folder is None else [folder]:
        await trusting.revoke(each)
    return trusting.to_json()


async def list_trusted(context: Context, _arguments: Arguments) -> object:
    """Return whom the user trusts."""
    return context.session.agents.trusting.to_json()
