"""What the server says it can do, made from what the client can."""

from __future__ import annotations

from lsprotocol import types

from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.requests.execute_command import COMMANDS

ACTION_KINDS = ("quickfix", "refactor.extract", "refactor.inline", "refactor.move", "refactor.rewrite", "source")
TRIGGER_CHARACTERS = (".", "(", "[", "{", ",", "=", ":", " ")


def server_capabilities(facts: ClientFacts) -> types.ServerCapabilities:
    """Return the capabilities for one client.

    A client gets completion lists only if it cannot show ghost text: the two compete on the screen.
    """
    return types.ServerCapabilities(
        position_encoding=facts.encoding.value,
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True, change=types.TextDocumentSyncKind.Incremental, save=True
        ),
        notebook_document_sync=types.NotebookDocumentSyncOptions(
            notebook_selector=[types.NotebookDocumentFilterWithNotebook(notebook="*")], save=False
        ),
        # An empty object, because a missing one hides the feature from every client.
        inline_completion_provider=types.InlineCompletionOptions(),
        completion_provider=None if facts.inline_completion else _completion_options(),
        code_action_provider=types.CodeActionOptions(
            code_action_kinds=list(ACTION_KINDS), resolve_provider=facts.resolves_edits
        ),
        rename_provider=types.RenameOptions(prepare_provider=True) if facts.prepares_rename else True,
        execute_command_provider=types.ExecuteCommandOptions(commands=list(COMMANDS)),
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
        ),
    )


def _completion_options() -> types.CompletionOptions:
    return types.CompletionOptions(trigger_characters=list(TRIGGER_CHARACTERS))
