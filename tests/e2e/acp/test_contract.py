"""`pylot acp` with the protocol's own client: a whole task, questions, refusals, cancelling (issue 9)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home

acp = pytest.importorskip("acp", reason="the extra pylot[acp] is not installed")

BEFORE = "def greet():\n    return 'hello'\n"
AFTER = "def greet(name):\n    return f'hello {name}'\n"
EDIT = [("edit_file", {"path": "greet.py", "edits": [{"search": BEFORE, "replace": AFTER}]})]
PLAN = [("update_plan", {"steps": [{"text": "Change it", "status": "in_progress"}]})]
READ = [("file_read", {"path": "greet.py"})]


@dataclass
class Editor:
    """An editor that answers questions from a list and keeps what it is shown."""

    choices: list[str]
    updates: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.updates.append(update)

    async def request_permission(self, session_id: str, tool_call: Any, options: Any, **_: Any) -> Any:
        from acp.schema import AllowedOutcome, DeniedOutcome, RequestPermissionResponse

        self.asked.append((tool_call, [option.option_id for option in options]))
        choice = self.choices.pop(0)
        if choice == "put away":
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        return RequestPermissionResponse(outcome=AllowedOutcome(outcome="selected", option_id=choice))

    def on_connect(self, conn: Any) -> None:
        pass

    def kinds(self) -> list[str]:
        return [update.session_update for update in self.updates]

    def said(self) -> str:
        return "".join(update.content.text for update in self.updates if update.session_update == "agent_message_chunk")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "greet.py").write_text(BEFORE)
    return folder


@contextlib.asynccontextmanager
async def connected(own_home: Path, root: Path, model: AgentModel, editor: Editor) -> AsyncIterator[tuple[Any, str]]:
    """Yield a connection to `pylot acp` and a session in the folder."""
    Home(own_home / "home").configure(f"[workspace]\ntrusted = ['{root.as_posix()}']\n{model.settings}")
    command = (sys.executable, "-m", "pylot", "acp")
    async with acp.spawn_agent_process(editor, *command, env=dict(os.environ)) as (connection, process):
        begun = await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
        assert begun.agent_info.name == "pylot"
        session = await connection.new_session(cwd=str(root), mcp_servers=[])
        yield connection, session.session_id
    assert process.returncode is not None


async def prompt(connection: Any, session_id: str, text: str = "Greet by name") -> str:
    async with asyncio.timeout(60):
        answer = await connection.prompt(session_id=session_id, prompt=[acp.text_block(text)])
    return str(answer.stop_reason)


async def test_a_whole_task(own_home: Path, root: Path) -> None:
    editor = Editor(["once"])
    with AgentModel([PLAN, READ, EDIT, "I changed the greeting."]) as model:
        async with connected(own_home, root, model, editor) as (connection, session_id):
            reason = await prompt(connection, session_id)

    [(asked, options)] = editor.asked
    [diff] = [content for content in asked.content if content.type == "diff"]
    assert reason == "end_turn"
    assert (root / "greet.py").read_text() == AFTER
    assert (diff.path, diff.old_text, diff.new_text) == (str(root / "greet.py"), BEFORE, AFTER)
    assert {"once", "deny"} <= set(options)
    assert editor.said() == "I changed the greeting."
    shown = [kind for kind in editor.kinds() if kind not in ("agent_message_chunk", "agent_thought_chunk")]
    assert shown == ["plan", "tool_call", "tool_call_update", "tool_call", "tool_call_update"]
    calls = [update for update in editor.updates if update.session_update == "tool_call"]
    assert [call.kind for call in calls] == ["read", "edit"]
    assert asked.tool_call_id == calls[1].tool_call_id


@pytest.mark.parametrize(("choice", "told"), [("deny", "Denied by the user."), ("deny_always", "Denied by the user.")])
async def test_a_no_is_told_to_the_model(own_home: Path, root: Path, choice: str, told: str) -> None:
    editor = Editor([choice])
    with AgentModel([EDIT, "Then not."]) as model:
        async with connected(own_home, root, model, editor) as (connection, session_id):
            reason = await prompt(connection, session_id)
        results = [str(message["content"]) for message in model.asked[-1] if message["role"] == "tool"]

    assert (reason, editor.said()) == ("end_turn", "Then not.")
    assert told in results[-1]
    assert (root / "greet.py").read_text() == BEFORE


async def test_cancelling_a_turn(own_home: Path, root: Path) -> None:
    held = threading.Event()
    script: Sequence[Line] = [held, "Too late."]
    with AgentModel(script) as model:
        async with connected(own_home, root, model, Editor([])) as (connection, session_id):
            turn = asyncio.ensure_future(prompt(connection, session_id))
            assert await asyncio.to_thread(model.waiting.wait, 30)
            await connection.cancel(session_id=session_id)
            reason = await turn

    assert reason == "cancelled"


async def test_a_second_prompt_goes_on_with_the_conversation(own_home: Path, root: Path) -> None:
    with AgentModel(["It says hello.", "Yes, that one."]) as model:
        async with connected(own_home, root, model, Editor([])) as (connection, session_id):
            await prompt(connection, session_id, "What does it say?")
            await prompt(connection, session_id, "In greet.py?")
        roles = [(message["role"], message["content"]) for message in model.asked[-1][1:]]

    assert [text.split("\n")[-1] for _, text in roles[-3:]] == ["What does it say?", "It says hello.", "In greet.py?"]


async def test_a_prompt_after_a_limit_goes_on_with_the_task(
    own_home: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A7."""
    monkeypatch.setenv("PYLOT_AGENTS__MAIN__LIMITS__ITERATIONS", "1")
    editor = Editor([])
    with AgentModel([READ, "One file read.", "It greets."]) as model:
        async with connected(own_home, root, model, editor) as (connection, session_id):
            first = await prompt(connection, session_id, "What does it do?")
            second = await prompt(connection, session_id, "Go on, be brief.")
        said = [str(message["content"]) for message in model.asked[-1] if message["role"] == "user"]

    assert (first, second) == ("max_turn_requests", "end_turn")
    assert "after 1 step" in editor.said()
    assert [said[0].split("\n")[-1], said[-1].split("\n")[-1]] == ["What does it do?", "Go on, be brief."]


@pytest.mark.parametrize("cwd", ["relative", "/nowhere/at/all"])
async def test_what_makes_no_sense_is_refused(own_home: Path, root: Path, cwd: str) -> None:
    with AgentModel([]) as model:
        async with connected(own_home, root, model, Editor([])) as (connection, session_id):
            with pytest.raises(acp.RequestError):
                await connection.new_session(cwd=cwd, mcp_servers=[])
            with pytest.raises(acp.RequestError):
                await connection.prompt(session_id="nobody", prompt=[acp.text_block("x")])
            with pytest.raises(acp.RequestError):
                await connection.prompt(session_id=session_id, prompt=[acp.text_block(" ")])
