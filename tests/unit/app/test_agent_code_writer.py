"""What a model writes for an agent's tools is asked for as code actions ask: through the gate, with secrets masked."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from pylot.actions.offer import Place
from pylot.app.agent_code_writer import AgentCodeWriter
from pylot.app.visibility import Visibility
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import read_code_nodes
from pylot.text.store import DocumentStore
from pylot.tools.ports import keep_nothing
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings
from tests.support.scripted_chat import ScriptedChat

SECRET = "AKIAIOSFODNN7" + "QWERTYU"
CODE = f"KEY = '{SECRET}'\n\n\ndef area(w, h):\n    return w * h\n"
WORDS = json.dumps({"summary": "Return an area.", "parameters": {"w": "W.", "h": "H."}, "returns": "It."})


def writer(root: Path, chat: ScriptedChat) -> AgentCodeWriter:
    nothing: Any = SimpleNamespace(share=lambda *_: (), path=lambda it: it.path)
    visible = Visibility(DocumentStore(ManualClock()), nothing, ManualClock())
    visible.configure(Roots([root]), WorkspaceSettings())
    place: Any = SimpleNamespace(
        visible=visible,
        clock=ManualClock(),
        models=SimpleNamespace(provider=lambda role, agent: chat),
        directories=SimpleNamespace(config=root / "config"),
    )

    async def may_read(path: str) -> bool:
        return not path.endswith("denied.py")

    return AgentCodeWriter(place, "main", may_read)


def at(path: Path, text: str, language: str = "python") -> Place:
    cursor = text.find("area")
    return Place(text, language, cursor, cursor, str(path), read_code_nodes(text, language))


async def test_documentation_is_written_without_showing_secrets(tmp_path: Path) -> None:
    """L5, P3."""
    chat = ScriptedChat([WORDS])
    plan = await writer(tmp_path, chat).plan("document", at(tmp_path / "a.py", CODE), keep_nothing)
    [edit] = plan.edits

    assert "Return an area." in edit.text
    assert SECRET not in str(chat.asked)
    assert "area(w, h)" in str(chat.asked)


async def test_files_that_the_agent_may_not_read_are_not_shown(tmp_path: Path) -> None:
    """D6: a rule of the user's holds for what a tool asks of a model, too."""
    for name in ("allowed", "denied"):
        (tmp_path / f"{name}.py").write_text(f"class {name.title()}:\n    def {name}_method(self): ...\n")
    imports = "from allowed import Allowed\nfrom denied import Denied\n"
    text = f"{imports}\n\ndef area(it: Allowed, of: Denied):\n    return it\n"
    chat = ScriptedChat(["def test_area():\n    assert area(1, 2) == 1\n"])
    await writer(tmp_path, chat).plan("write-tests", at(tmp_path / "a.py", text), keep_nothing)

    assert "allowed_method" in str(chat.asked)
    assert "denied_method" not in str(chat.asked)


@pytest.mark.parametrize(
    ("task", "name", "says"), [("write-tests", "a.rs", "not in this language"), ("document", ".env", "secrets")]
)
async def test_what_may_not_be_asked_about_is_refused(
    tmp_path: Path, task: Literal["write-tests", "document"], name: str, says: str
) -> None:
    chat = ScriptedChat([])
    language = "rust" if name == "a.rs" else "python"
    text = "fn area() {}\n" if language == "rust" else CODE
    with pytest.raises(ActionRefusedError, match=says):
        await writer(tmp_path, chat).plan(task, at(tmp_path / name, text, language), keep_nothing)

    assert chat.asked == []
