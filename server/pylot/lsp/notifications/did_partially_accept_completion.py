"""A part of a suggestion was taken over (in the shape that editors speak to Copilot's server)."""

from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.from_proto import PartialAcceptance


def did_partially_accept_completion(context: Context, acceptance: PartialAcceptance) -> None:
    """Let the session learn how much of a suggestion was wanted."""
    context.session.partly_accepted(acceptance.suggestion_id, acceptance.n_characters)
