"""`pylot.workspace.*`: whom the user trusts, which a person says (T8)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pylot.lsp.context import Context
from pylot.lsp.errors import InvalidParamsError
from pylot.text.uris import path_of

Arguments = tuple[object, ...]
_LONGEST = 4096


async def trust(context: Context, arguments: Arguments) -> object:
    """Ask the user whether they trust a folder of this window, without one all of them, and write that they do."""
    trusting = context.session.agents.trusting
    await trusting.ask(context.session.agents.client, trusting.of_window(_folder(arguments), trusted=False))
    return trusting.to_json()


async def distrust(context: Context, arguments: Arguments) -> object:
    """Trust a folder no longer, without one no folder of this window."""
    trusting, folder = context.session.agents.trusting, _folder(arguments)
    for each in trusting.of_window(None, trusted=True) if folder is None else [folder]:
        await trusting.revoke(each)
    return trusting.to_json()


async def list_trusted(context: Context, _arguments: Arguments) -> object:
    """Return whom the user trusts."""
    return context.session.agents.trusting.to_json()


def _folder(arguments: Arguments) -> Path | None:
    """Return the folder that the first argument names, as a URI or a path, alone or as `folder`."""
    first = arguments[0] if arguments else None
    named = first.get("folder") if isinstance(first, Mapping) else first
    if named is None:
        return None
    if not isinstance(named, str) or not 0 < len(named) <= _LONGEST:
        raise InvalidParamsError("`folder` must be the URI or the path of a folder.")
    path = Path(path_of(named) or named)
    if not path.is_absolute():
        raise InvalidParamsError("`folder` must be the URI or the absolute path of a folder.")
    return path
