from __future__ import annotations

from collections.abc import Mapping

from pylot.lsp.configuration import pull_settings
from pylot.lsp.context import Context


def did_change_configuration(context: Context, settings: Mapping[str, object] | None) -> None:
    """Take the editor's settings, or ask for them where the client only says that they have changed."""
    if settings is not None:
        context.session.set_editor_settings(settings)
    elif context.facts.pulls_configuration:
        context.in_background(pull_settings(context))
