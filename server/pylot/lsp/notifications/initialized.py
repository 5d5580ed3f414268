from __future__ import annotations

from pylot.lsp.configuration import pull_settings, watch_files, watch_settings
from pylot.lsp.context import Context


def initialized(context: Context, _params: None) -> None:
    """Start the session's background work and begin to speak to the client."""
    context.port.open(context.facts)
    context.in_background(context.session.start())
    if context.facts.registers_configuration:
        context.in_background(watch_settings(context))
    if context.facts.pulls_configuration:
        context.in_background(pull_settings(context))
    if context.facts.registers_file_watchers:
        context.in_background(watch_files(context))
