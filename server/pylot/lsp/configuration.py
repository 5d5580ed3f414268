"""What the client keeps or watches and the server asks for: settings and files."""

from __future__ import annotations

import logging
from collections.abc import Mapping

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
    await _register(context, "pylot-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, {"section": SECTION})


async def watch_files(context: Context) -> None:
    """Ask the client to tell when files of the workspace are made, changed or deleted."""
    options = {"watchers": [{"globPattern": "**/*"}]}
    if await _register(context, "pylot-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options):
        context.session.expect_file_events()


async def _register(context: Context, name: str, method: str, options: Mapping[str, object]) -> bool:
    registration = types.Registration(id=name, method=method, register_options=options)
    try:
        await context.port.server.client_register_capability_async(types.RegistrationParams([registration]))
    except JsonRpcException as error:
        logger.info("The client will not send %s (error %s).", method, error.code)
        return False
    return True
