"""The real language server with an agent by script in front of it: `python -m tests.editors.scripted_agent`.

Everything goes to `pylot lsp` and back, but for the commands of agents and approvals, which are answered here: the
first word of a prompt chooses what the agent does. So editors meet every message of docs/protocol.md in a known order.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

Message = dict[str, Any]

COMMANDS = (
    "pylot.agent.run",
    "pylot.agent.cancel",
    "pylot.agent.resume",
    "pylot.agent.tasks",
    "pylot.approvals.list",
    "pylot.approvals.answer",
    "pylot.approvals.revoke",
)
CHOICES = [
    {"id": "once", "title": "Allow once"},
    {"id": "task", "title": "Allow for this task"},
    {"id": "deny", "title": "Deny"},
    {"id": "deny_always", "title": "Always deny"},
]
GRANT = {
    "id": "grant-1", "effect": "allow", "scope": "workspace", "title": "Run make test", "workspace": "/work",
    "created": 1.0, "expires": None, "lastUsed": None, "uses": 0,
}  # fmt: skip
GREETING = 'def greet(name):\n    return f"Hello, {name}!"\n'


class Wire:
    """One direction of a framed connection; `send` may be called from any thread."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()

    def receive(self) -> Message | None:
        """Return the next message, or nothing at the end."""
        length = 0
        while (line := self._reader.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not line:
            return None
        message: Message = json.loads(self._reader.read(length))
        return message

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one message."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self._lock:
            self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self._writer.flush()


class Agent:
    """Do what a prompt says by script, and ask the editor as docs/protocol.md has it."""

    def __init__(self, editor: Wire) -> None:
        self.editor = editor
        self.folder = Path()
        self.ours: dict[str, Any] = {}
        self.pending: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, dict[str, Any]] = {str(GRANT["id"]): GRANT}
        self._answers: dict[str, queue.Queue[Any]] = {}
        self._later: dict[str, queue.Queue[Any]] = {}
        self._cancelled: dict[str, threading.Event] = {}
        self._n_asked = 0

    def greeted(self, params: Mapping[str, Any]) -> None:
        """Take in what the editor can show."""
        self.ours = (params["capabilities"].get("experimental") or {}).get("pylot") or {}
        self.folder = Path(unquote(urlsplit(params.get("rootUri") or "file:///").path))

    def command(self, name: str, arguments: list[Any]) -> Any:
        """Answer one of `COMMANDS`."""
        first = arguments[0] if arguments else {}
        if name == "pylot.agent.run":
            return self._start(first if isinstance(first, str) else first.get("prompt", ""))
        if name == "pylot.agent.cancel":
            for task in [first["taskId"]] if first else list(self.tasks):
                self._cancelled[task].set()
        if name == "pylot.agent.tasks":
            return {"tasks": list(self.tasks.values())}
        if name == "pylot.approvals.list":
            return {"approvals": list(self.pending.values()), "grants": list(self.grants.values())}
        if name == "pylot.approvals.revoke":
            del self.grants[first["id"]]
        if name == "pylot.approvals.answer":
            self._later[first["id"]].put(first)
        return None

    def answered(self, number: str, result: Any) -> None:
        """Take the editor's answer to a question."""
        self._answers.pop(number).put(result)

    def progress_cancelled(self, token: str) -> None:
        """Take in that the user has cancelled."""
        self._cancelled[token].set()

    def _start(self, prompt: str) -> dict[str, str]:
        task = f"task-{len(self.tasks) + 1}"
        self._cancelled[task] = threading.Event()
        self.tasks[task] = {"taskId": task, "title": prompt, "status": "running"}
        threading.Thread(target=self._run, args=(task, prompt), daemon=True).start()
        return {"taskId": task, "status": "running"}

    def _run(self, task: str, prompt: str) -> None:
        self._ask("window/workDoneProgress/create", {"token": task})
        self._progress(task, kind="begin", title=f"Pylot: {prompt}", cancellable=True, message="Planning")
        steps = [
            {"text": "Read greet.py", "status": "completed"},
            {"text": "Say hello by name", "status": "in_progress"},
        ]
        self._tell(task, "running", plan=steps, step=1, message="Reading greet.py")
        self._progress(task, kind="report", message="Reading greet.py", percentage=30)
        answer = {"edit": self._edit, "command": self._command, "secret": self._secret, "wait": self._wait}
        said = answer[prompt.split()[0]](task)
        status = "cancelled" if self._cancelled[task].is_set() else "completed"
        self._progress(task, kind="end", message=status)
        self._tell(task, status, answer=said)

    def _edit(self, task: str) -> str:
        path = self.folder / "greet.py"
        before = path.read_text(encoding="utf-8") if path.exists() else None
        edit = {"uri": path.as_uri(), "before": before, "after": GREETING}
        choice = self._approve(task, "Change greet.py", "The greeting gets the name.", "low", edits=[edit])
        if choice.startswith(("once", "task")):
            path.write_text(GREETING, encoding="utf-8")
        return f"The answer was: {choice}."

    def _command(self, task: str) -> str:
        command = {"text": "rm -r build", "cwd": str(self.folder), "sandbox": "none"}
        choice = self._approve(task, "Run rm -r build", "It deletes a folder.", "high", command=command)
        return f"The answer was: {choice}."

    def _secret(self, task: str) -> str:
        question = {"id": task, "title": "A password is needed", "prompt": "Password for sudo", "masked": True}
        answer = self._ask("pylot/input", question) if self.ours.get("input") else None
        return f"{len(answer['value'])} characters." if answer else "No answer."

    def _wait(self, task: str) -> str:
        self._cancelled[task].wait()
        return ""

    def _approve(self, task: str, title: str, detail: str, risk: str, **what: Any) -> str:
        number = f"approval-{task}"
        reasons = ["The rule `writes = ask` holds here."]
        question: Message = {
            "id": number,
            "taskId": task,
            "tool": "files",
            "title": title,
            "detail": detail,
            "risk": risk,
        }
        question |= {"reasons": reasons, "choices": CHOICES, **what}
        self.pending[number], self._later[number] = question, queue.Queue()
        self._tell(task, "waiting_for_approval", message=title)
        if self.ours.get("approval"):
            answer = self._ask("pylot/approval", question)
        else:
            titles = [{"title": it["title"]} for it in CHOICES[:3]]
            chosen = self._ask("window/showMessageRequest", {"type": 3, "message": title, "actions": titles})
            by_title = {it["title"]: it["id"] for it in CHOICES}
            answer = {"choice": by_title[chosen["title"]]} if chosen else None
        answer = answer or self._later[number].get()
        del self.pending[number]
        self._tell(task, "running", message="Going on")
        return " ".join(filter(None, (answer["choice"], answer.get("comment"))))

    def _ask(self, method: str, params: Mapping[str, Any]) -> Any:
        self._n_asked += 1
        number = f"agent-{self._n_asked}"
        answer = self._answers[number] = queue.Queue()
        self.editor.send({"id": number, "method": method, "params": params})
        return answer.get()

    def _progress(self, task: str, **value: Any) -> None:
        self.editor.send({"method": "$/progress", "params": {"token": task, "value": value}})

    def _tell(self, task: str, status: str, **more: Any) -> None:
        update = {"status": status, "pendingApprovals": len(self.pending), **more}
        self.tasks[task] |= update
        if self.ours.get("tasks"):
            self.editor.send({"method": "pylot/taskUpdate", "params": self.tasks[task]})
        elif more.get("answer"):
            self.editor.send({"method": "window/showMessage", "params": {"type": 3, "message": more["answer"]}})


def _serve(editor: Wire, server: Wire, agent: Agent) -> None:
    """Pass on what the editor says until it says no more."""
    while (message := editor.receive()) is not None:
        method, params = message.get("method"), message.get("params") or {}
        if method == "initialize":
            agent.greeted(params)
        if method == "workspace/executeCommand" and params["command"] in COMMANDS:
            result = agent.command(params["command"], params.get("arguments") or [])
            editor.send({"id": message["id"], "result": result})
        elif method is None and str(message.get("id", "")).startswith("agent-"):
            agent.answered(message["id"], message.get("result"))
        elif method == "window/workDoneProgress/cancel" and str(params["token"]).startswith("task-"):
            agent.progress_cancelled(params["token"])
        else:
            server.send(message)


def _pass_back(server: Wire, editor: Wire) -> None:
    while (message := server.receive()) is not None:
        capabilities = (message.get("result") or {}) if isinstance(message.get("result"), dict) else {}
        if "executeCommandProvider" in capabilities.get("capabilities", {}):
            offered = capabilities["capabilities"]["executeCommandProvider"]["commands"]
            offered += [each for each in COMMANDS if each not in offered]
        editor.send(message)


def main() -> int:
    """Serve until the editor goes."""
    command = [sys.executable, "-m", "pylot", *(sys.argv[1:] or ["lsp"])]
    if "lsp" not in command:
        os.execv(sys.executable, command)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    editor, server = Wire(sys.stdin.buffer, sys.stdout.buffer), Wire(process.stdout, process.stdin)
    threading.Thread(target=_pass_back, args=(server, editor), daemon=True).start()
    _serve(editor, server, Agent(editor))
    process.stdin.close()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
