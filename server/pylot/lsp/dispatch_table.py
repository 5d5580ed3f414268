"""Every method that Pylot serves: how its parameters are read, who handles it, and how the handler is run.

INLINE  the handler runs on the event loop, in the order of arrival, and must return within a millisecond.
TASK    the handler is called in the order of arrival, so that it sees the documents as they were when it was asked,
        and what it returns is awaited as a task that `$/cancelRequest` cancels.

The life of the connection itself (`exit`, `$/cancelRequest`) is the dispatcher's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pylot.lsp import action_params, from_proto, notebook_params
from pylot.lsp.context import Context
from pylot.lsp.notifications.did_change import did_change
from pylot.lsp.notifications.did_change_configuration import did_change_configuration
from pylot.lsp.notifications.did_change_watched_files import did_change_watched_files
from pylot.lsp.notifications.did_change_workspace_folders import did_change_workspace_folders
from pylot.lsp.notifications.did_close import did_close
from pylot.lsp.notifications.did_dismiss_completion import did_dismiss_completion
from pylot.lsp.notifications.did_focus import did_focus
from pylot.lsp.notifications.did_open import did_open
from pylot.lsp.notifications.did_partially_accept_completion import did_partially_accept_completion
from pylot.lsp.notifications.did_save import did_save
from pylot.lsp.notifications.did_show_completion import did_show_completion
from pylot.lsp.notifications.initialized import initialized
from pylot.lsp.notifications.notebook_did_change import notebook_did_change
from pylot.lsp.notifications.notebook_did_close import notebook_did_close
from pylot.lsp.notifications.notebook_did_open import notebook_did_open
from pylot.lsp.notifications.work_done_progress_cancel import work_done_progress_cancel
from pylot.lsp.requests.code_action import code_action
from pylot.lsp.requests.code_action_resolve import code_action_resolve
from pylot.lsp.requests.completion import completion
from pylot.lsp.requests.execute_command import execute_command
from pylot.lsp.requests.initialize import initialize
from pylot.lsp.requests.inline_completion import inline_completion
from pylot.lsp.requests.prepare_rename import prepare_rename
from pylot.lsp.requests.rename import rename
from pylot.lsp.requests.shutdown import shutdown


class Run(Enum):
    """How a handler is run."""

    INLINE = "inline"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table: `handle(context, read(params))`."""

    read: Callable[[object], Any]
    handle: Callable[[Context, Any], Any]
    run: Run


REQUESTS: Mapping[str, Route] = {
    "initialize": Route(from_proto.client_facts, initialize, Run.INLINE),
    "shutdown": Route(from_proto.nothing, shutdown, Run.INLINE),
    "textDocument/inlineCompletion": Route(from_proto.inline_place, inline_completion, Run.TASK),
    "textDocument/completion": Route(from_proto.list_place, completion, Run.TASK),
    "textDocument/prepareRename": Route(from_proto.prepared_place, prepare_rename, Run.TASK),
    "textDocument/rename": Route(from_proto.rename_place, rename, Run.TASK),
    "textDocument/codeAction": Route(action_params.actions_place, code_action, Run.TASK),
    "codeAction/resolve": Route(action_params.chosen_action, code_action_resolve, Run.TASK),
    "workspace/executeCommand": Route(from_proto.command_call, execute_command, Run.TASK),
}

NOTIFICATIONS: Mapping[str, Route] = {
    "initialized": Route(from_proto.nothing, initialized, Run.INLINE),
    "textDocument/didOpen": Route(from_proto.opened_document, did_open, Run.INLINE),
    "textDocument/didChange": Route(from_proto.changed_document, did_change, Run.INLINE),
    "textDocument/didSave": Route(from_proto.document_uri, did_save, Run.INLINE),
    "textDocument/didClose": Route(from_proto.document_uri, did_close, Run.INLINE),
    "textDocument/didFocus": Route(from_proto.focused_uri, did_focus, Run.INLINE),
    "textDocument/didShowCompletion": Route(from_proto.shown_suggestion, did_show_completion, Run.INLINE),
    "textDocument/didDismissCompletion": Route(from_proto.shown_suggestion, did_dismiss_completion, Run.INLINE),
    "textDocument/didPartiallyAcceptCompletion": Route(
        from_proto.partial_acceptance, did_partially_accept_completion, Run.INLINE
    ),
    "notebookDocument/didOpen": Route(notebook_params.opened_notebook, notebook_did_open, Run.INLINE),
    "notebookDocument/didChange": Route(notebook_params.changed_notebook, notebook_did_change, Run.INLINE),
    "notebookDocument/didClose": Route(notebook_params.closed_notebook, notebook_did_close, Run.INLINE),
    "window/workDoneProgress/cancel": Route(from_proto.progress_token, work_done_progress_cancel, Run.INLINE),
    "workspace/didChangeConfiguration": Route(from_proto.changed_settings, did_change_configuration, Run.INLINE),
    "workspace/didChangeWatchedFiles": Route(from_proto.changed_paths, did_change_watched_files, Run.INLINE),
    "workspace/didChangeWorkspaceFolders": Route(from_proto.folder_change, did_change_workspace_folders, Run.INLINE),
}
