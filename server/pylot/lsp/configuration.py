"""Settings that the client keeps and the server asks for."""

from __future__ import annotations

import logging

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pylot.lsp.context import Context
from pylot.lsp.from_proto import editor_settings

logger = logging.getLogger(__name__)

SECTION = "pylot"


async def pull_settings(context: Context) -> None:
    """Ask the client for its settings and hand them to the session; no answer leaves the last ones in place."""
    params = types.ConfigurationParams(items=[types.ConfigurationItem(section=SECTION)])
    try:
        sections = await context.port.server.workspace_configuration_async(params)
    except JsonRpcException as error:
        logger.info("The client did not give its settings (error %s).", error.code)
        return
    settings = editor_settings(sections[0]) if sections else None
    if settings is not None:
        context.session.set_editor_settings(settings)


async def watch_settings(context: Context) -> None:
    """Ask the client to tell when its settings change."""
    registration = types.Registration(
        id="pylot-settings",
        method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
        register_options={"section": SECTION},
    )
    try:
        await context.port.server.client_register_capability_async(types.RegistrationParams([registration]))
    except JsonRpcException as error:
        logger.info("The client will not tell of changed settings (error %s).", error.code)
