"""Agents in a terminal: run, look, answer, go on (A3, D5)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home

WRITE: list[Line] = [
    [("update_plan", {"steps": [{"text": "Write it", "status": "in_progress"}]})],
    [("file_write", {"path": "new.txt", "content": "hello\n"})],
    "It is written.",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def pylot(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pylot", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


def configure(own_home: Path, root: Path, model: AgentModel) -> None:
    Home(own_home / "home").configure(f"[workspace]\ntrusted = ['{root.as_posix()}']\n{model.settings}")


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_a_question_waits_until_it_is_answered_and_the_task_goes_on(own_home: Path, root: Path) -> None:
    with AgentModel(WRITE) as model:
        configure(own_home, root, model)
        begun = pylot(root, "agent", "run", "Write a file", "--json")
        task = as_json(begun)
        assert (begun.returncode, task["status"]) == (1, "waiting_for_approval")
        [asked] = as_json(pylot(root, "approvals", "list", "--json"))["approvals"]
        assert asked["edits"] == [{"uri": (root / "new.txt").as_uri(), "before": None, "after": "hello\n"}]
        assert "+hello" in pylot(root, "approvals", "list").stdout
        assert pylot(root, "approvals", "answer", asked["id"][:8], "task").returncode == 0
        assert "answered already" in pylot(root, "approvals", "answer", asked["id"], "deny").stderr
        assert not (root / "new.txt").exists()
        resumed = pylot(root, "agent", "resume")

        assert (resumed.returncode, resumed.stdout.strip()) == (0, "It is written.")
        assert (root / "new.txt").read_text() == "hello\n"
        assert " tokens read, " in resumed.stderr
        [listed] = as_json(pylot(root, "agent", "tasks", "--json"))["tasks"]
        assert (listed["taskId"], listed["status"]) == (task["taskId"], "completed")
        assert "tool_approval_requested" in pylot(root, "agent", "show").stdout
        assert "completed already" in pylot(root, "agent", "resume", task["taskId"]).stderr


def test_what_cannot_be_done_is_one_sentence(own_home: Path, root: Path) -> None:
    with AgentModel([]) as model:
        configure(own_home, root, model)
        for arguments, sentence in (
            (("agent", "run", " "), "Say what is to be done"),
            (("agent", "run", "x", "--agent", "nobody"), "There is no agent 'nobody'"),
            (("agent", "run", "x", "--conversation", "talk-1"), "no such conversation"),
            (("agent", "show"), "no tasks here yet"),
            (("agent", "resume"), "no task to go on with"),
            (("agent", "cancel", "task-12"), "no such task"),
            (("approvals", "answer", "ask-1234", "once"), "no such approval"),
            (("approvals", "revoke", "grant-1"), "no such grant"),
        ):
            done = pylot(root, *arguments)
            assert (done.returncode, sentence in done.stderr, done.stderr.count("\n")) == (1, True, 1), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here")
def test_an_interrupt_cancels_the_task(own_home: Path, root: Path) -> None:
    held = threading.Event()
    with AgentModel([held]) as model:
        configure(own_home, root, model)
        command = [sys.executable, "-m", "pylot", "agent", "run", "Wait"]
        with subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            assert model.waiting.wait(60)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        [listed] = as_json(pylot(root, "agent", "tasks", "--json"))["tasks"]

    assert (process.returncode, listed["status"]) == (130, "cancelled")


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are POSIX's here")
def test_a_question_is_asked_on_a_terminal(own_home: Path, root: Path) -> None:
    import pty

    with AgentModel(WRITE) as model:
        configure(own_home, root, model)
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "pylot", "agent", "run", "Write a file"]
        with subprocess.Popen(command, cwd=root, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs) as process:
            os.close(theirs)
            shown = b""
            while b"[l] Later: " not in shown:
                shown += os.read(ours, 4096)
            os.write(ours, b"x\n")
            while shown.count(b"[l] Later: ") < 2:
                shown += os.read(ours, 4096)
            os.write(ours, b"o\n")
            answer, _ = process.communicate(timeout=60)
        os.close(ours)

    assert (process.returncode, answer.decode().strip()) == (0, "It is written.")
    assert b"Create new.txt" in shown
    assert b"+hello" in shown
    assert b"[>] Write it" in shown
    assert (root / "new.txt").read_text() == "hello\n"


def test_what_is_over_can_be_forgotten_and_what_can_go_on_not(own_home: Path, root: Path) -> None:
    """B3, D3: with the outputs beside it, by its name or by its age."""
    with AgentModel(WRITE) as model:
        configure(own_home, root, model)
        task = as_json(pylot(root, "agent", "run", "Write a file", "--json"))["taskId"]
    refused = pylot(root, "agent", "forget", task)
    nothing = pylot(root, "agent", "forget", "--older-than", "0")
    pylot(root, "agent", "cancel", task)
    forgotten = as_json(pylot(root, "agent", "forget", task, "--json"))

    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("This task is waiting for approval and can go on: cancel it first.")
    assert nothing.stdout == "There is nothing to forget.\n"
    assert forgotten == {"forgotten": [task]}
    assert as_json(pylot(root, "agent", "tasks", "--json")) == {"tasks": []}
