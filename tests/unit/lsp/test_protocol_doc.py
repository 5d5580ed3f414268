"""docs/protocol.md names exactly what the server speaks."""

from __future__ import annotations

import re
from pathlib import Path

from pylot.lsp.agent_port import APPROVAL_REQUEST, INPUT_REQUEST, SAVE_REQUEST, TASK_UPDATE
from pylot.lsp.client_port import STATUS_NOTIFICATION
from pylot.lsp.dispatch_table import NOTIFICATIONS, REQUESTS
from pylot.lsp.errors import ErrorCode
from pylot.lsp.requests.execute_command import COMMANDS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows(heading: str) -> set[str]:
    """Return the names in the first column of the table under a heading."""
    section = DOCUMENT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([^`]+)`", section, flags=re.MULTILINE))


def test_the_document_names_what_the_server_speaks() -> None:
    assert rows("Requests") == set(REQUESTS)
    assert rows("Notifications") == {*NOTIFICATIONS, "exit", "$/cancelRequest"}
    assert rows("Commands") == set(COMMANDS)
    assert rows("Errors") == {str(int(it)) for it in ErrorCode}


def test_the_document_names_what_the_server_sends() -> None:
    sources = "".join(it.read_text(encoding="utf-8") for it in (ROOT / "server" / "pylot" / "lsp").rglob("*.py"))
    sent = {STATUS_NOTIFICATION, "$/progress"} | {
        name
        for name, call in {
            "window/showMessage": "window_show_message(",
            "workspace/applyEdit": "workspace_apply_edit_async(",
            "window/showMessageRequest": "window_show_message_request_async(",
            "window/showDocument": "window_show_document_async(",
            "textDocument/publishDiagnostics": "text_document_publish_diagnostics(",
            "window/workDoneProgress/create": "WINDOW_WORK_DONE_PROGRESS_CREATE",
            "workspace/configuration": "workspace_configuration_async(",
            "client/registerCapability": "client_register_capability_async(",
            APPROVAL_REQUEST: "APPROVAL_REQUEST,",
            INPUT_REQUEST: "INPUT_REQUEST,",
            SAVE_REQUEST: "SAVE_REQUEST,",
            TASK_UPDATE: "TASK_UPDATE,",
        }.items()
        if call in sources
    }
    assert rows("From the server") == sent
