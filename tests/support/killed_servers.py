"""An editor that lives on while its language server is killed in the midst of an agent's task (issue 9).

A new server gets the documents as the editor has them, and goes on with the task. What the editor was told by an
earlier one has to be known to every later one.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pylot.journal.events import EffectFinished, EffectIntended, ToolApprovalRequested, ToolCallFinished
from pylot.journal.journal import Journal
from pylot.journal.tasks import Status
from tests.support import killed_tasks
from tests.support.agent_editor import OURS, AgentEditor, applied
from tests.support.agent_model import AgentModel, Line
from tests.support.editor import Home
from tests.support.stdio_client import JsonObject, ServerGoneError

_ALLOWED = "[agent.policy]\nallow = ['edit:step-*', 'echo', 'tee']\n"
_EDITS: JsonObject = {**OURS, "workspace": {"workspaceEdit": {"documentChanges": True}}}
_NOTES = "notes.txt"
_CODE = "greet.py"
_STEPS = killed_tasks.SCRIPT[:-1]
_CALLS_A_STEP = 4
SCRIPT: list[Line] = [
    *(
        line
        for number, calls in enumerate(_STEPS)
        for line in (
            calls,
            [("edit_file", {"path": _NOTES, "edits": [{"search": "end\n", "replace": f"line {number}\nend\n"}]})],
        )
    ),
    [("shell_exec_safe", {"command": f"cat {_NOTES}"})],
    [("coder", {"prompt": "Look at a.txt."})],
    [("generate_docs", {"path": _CODE, "name": "greet"})],
    "All done.",
]
_SEEN = _CALLS_A_STEP * len(_STEPS) + 1
_DOCUMENTED = _SEEN + 2
_OF_CODER: list[Line] = [[("file_read", {"path": "a.txt"})], "It holds a."]

MOMENTS = ("asked", "answered", "replied", "wanted", "saved", "changed", "told", "taken")
"""What the editor may be at when it kills its server: a question is shown, its answer was taken in, or sent; a change
has come, was made and saved, or only made; the server was told of the new text, or that the change was made."""


class KilledServersModel(AgentModel):
    """Says what comes next in any conversation, but writes other documentation each time that it is asked for it."""

    def __init__(self) -> None:
        super().__init__(SCRIPT, steady=True)
        self._documented = itertools.count()

    def _next(self, messages: Sequence[Mapping[str, Any]]) -> Line:
        rules = str(messages[0]["content"])
        if "for another agent" in rules:
            n_said: int = sum(message["role"] == "assistant" for message in messages)
            return _OF_CODER[n_said]
        if is_of_task(messages):
            return super()._next(messages)
        return json.dumps({"summary": f"Greet, as was said {next(self._documented)} times."})


def is_of_task(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a conversation is that of the task itself, not of an agent or a tool that it calls."""
    return "You are Pylot's agent." in str(messages[0]["content"])


@dataclass(frozen=True)
class Death:
    """When a server is killed: so many seconds or updates after it went on, or at a moment of the editor's."""

    seconds: float = 0.0
    n_updates: int = 0
    moment: str = ""


def random_deaths(luck: random.Random, whole: KilledServers) -> Iterator[Death]:
    """Yield deaths that are spread over a task, by the time and by the events that a whole one has taken."""
    while True:
        yield Death(seconds=luck.uniform(0.0, whole.seconds))
        yield Death(n_updates=luck.randrange(1, whole.n_updates))
        yield Death(moment=luck.choice(MOMENTS))


@dataclass
class KilledServers:
    """One task in a folder of its own, with one document that is open in the editor.

    `seconds` is how long its last server has worked on it, and `n_updates` what it has told of that. `last_events`
    counts what the log ended with when one was killed, and within which call.
    """

    home: Home
    root: Path
    model: KilledServersModel
    luck: random.Random
    task_id: str = ""
    n_kills: int = 0
    seconds: float = 0.0
    n_updates: int = 0
    last_events: Counter[tuple[str, int]] = field(default_factory=Counter)
    _text: str = "begin\nend\n"
    _version: int = 1
    _events: list[JsonObject] = field(default_factory=list)
    _conversations: list[list[JsonObject]] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _allowed_for_task: bool = False
    _n_wanted: int = 0
    _step: int = 0
    _death: Death = field(default_factory=Death)

    def __post_init__(self) -> None:
        self.root.mkdir()
        (self.root / "a.txt").write_text("a\n")
        (self.root / _NOTES).write_text(self._text)
        (self.root / _CODE).write_text("def greet():\n    print('hello')\n")

    def finish(self, deaths: Iterable[Death] = ()) -> None:
        """Run the task to its end with one server after the other; the last one is not killed."""
        first = len(self.model.asked)
        assert any(self._live(death) for death in itertools.chain(deaths, [Death()]))
        self._conversations = [each for each in self.model.asked[first:] if is_of_task(each)]

    def _live(self, death: Death) -> bool:
        """Return whether the task is done; otherwise the server was killed."""
        self._death = death
        with AgentEditor(self.home, self.root, self.model, _EDITS, _ALLOWED) as editor:
            timer = threading.Timer(death.seconds, editor.process.kill)
            try:
                editor.start()
                editor.open((self.root / _NOTES).as_uri(), self._text, self._version, language="plaintext")
                if self._look(editor) == "completed":
                    return True
                if death.seconds:
                    timer.start()
                self._work(editor)
            except ServerGoneError:
                assert editor.exit_code() == -9
                self.n_kills += 1
                return False
            finally:
                timer.cancel()
        return True

    def _look(self, editor: AgentEditor) -> str:
        """Return the task's status, after a look at whether anything was lost that an earlier server has told of."""
        listed = editor.command("pylot.agent.tasks")["tasks"]
        if not listed:
            self.last_events["nothing", 0] += bool(self.n_kills)
            assert not self.task_id, "the task that was told of is lost"
            return ""
        [task] = listed
        assert self.task_id in ("", task["taskId"])
        self.task_id = task["taskId"]
        shown = editor.command("pylot.agent.show", self.task_id)
        events = shown["events"]
        self.last_events[_last_of_the_dead(events)] += bool(self.n_kills)
        assert events[: len(self._events)] == self._events
        self._events = events
        assert self._asked <= _ids(events, "tool_approval_requested")
        assert self._answered <= _ids(events, "approval_answered")
        assert self._n_wanted <= sum(_is_edit(event) for event in events)
        assert self._step <= max(
            (event["index"] for event in events if event["type"] == "tool_call_started"), default=0
        )
        return str(shown["status"])

    def _work(self, editor: AgentEditor) -> None:
        """Let the server work on the task until it is done."""
        began, self.n_updates = time.monotonic(), 0
        if self.task_id:
            editor.command("pylot.agent.resume", self.task_id)
        else:
            self.task_id = editor.command("pylot.agent.run", {"prompt": "Do it"})["taskId"]
        while True:
            message = editor.wait_for(lambda it: it.get("method") in _HANDLED)
            if message["method"] == "pylot/approval":
                self._answer(editor, message)
            elif message["method"] == "workspace/applyEdit":
                self._apply(editor, message)
            else:
                self.n_updates += 1
                self._step = max(self._step, message["params"].get("step", 0))
                assert message["params"]["status"] != "failed", message
                if message["params"]["status"] == "completed":
                    self.seconds = time.monotonic() - began
                    return
                if self.n_updates == self._death.n_updates:
                    _kill(editor)

    def _answer(self, editor: AgentEditor, question: JsonObject) -> None:
        asked, tool = question["params"]["id"], question["params"]["tool"]
        assert not (tool == "edit_file" and self._allowed_for_task)
        assert asked not in self._answered
        self._asked.add(asked)
        self._at(editor, "asked")
        # A standing answer would keep what a moment waits for from coming.
        choice = "once" if self._death.moment else self.luck.choice(("once", "once", "task"))
        if self._death.moment == "answered" or (self._death.moment != "replied" and self.luck.random() < 0.5):
            editor.command("pylot.approvals.answer", {"id": asked, "choice": choice})
            self._answered.add(asked)
            self._allowed_for_task |= tool == "edit_file" and choice == "task"
            self._at(editor, "answered")
        else:
            editor.reply(question, {"choice": choice})
            self._at(editor, "replied")

    def _apply(self, editor: AgentEditor, request: JsonObject) -> None:
        """Make a change as editors do; the user may save it, or not."""
        [change] = request["params"]["edit"]["documentChanges"]
        document = {"uri": (self.root / _NOTES).as_uri(), "version": self._version}
        assert change["textDocument"] == document
        self._n_wanted += 1
        self._at(editor, "wanted")
        self._text, self._version = applied(self._text, change["edits"]), self._version + 1
        if self._death.moment == "saved" or (not self._death.moment and self.luck.random() < 0.5):
            (self.root / _NOTES).write_text(self._text)
        self._at(editor, "saved")
        self._at(editor, "changed")
        changed = {**document, "version": self._version}
        editor.notify("textDocument/didChange", {"textDocument": changed, "contentChanges": [{"text": self._text}]})
        self._at(editor, "told")
        editor.reply(request, {"applied": True})
        self._at(editor, "taken")

    def _at(self, editor: AgentEditor, moment: str) -> None:
        if moment == self._death.moment:
            _kill(editor)

    async def check(self, journal: Journal) -> None:
        """Nothing was done twice, what is missing is said to be unknown, and nothing that was said was forgotten."""
        events = await killed_tasks.check_log(journal, self.root, _DOCUMENTED)
        intended = {event.effect_id: event for event in events if isinstance(event, EffectIntended)}
        ended = [event for event in events if isinstance(event, EffectFinished)]
        killed_tasks.check_effects(self.root, n_lost=sum(not event.ok for event in ended))
        is_known = {intended[event.effect_id].index: event.ok for event in ended}
        for number in range(len(_STEPS)):
            n_made = self._text.count(f"line {number}\n")
            assert n_made == 1 if is_known[_CALLS_A_STEP * (number + 1)] else n_made <= 1
        # What the model reads of an open document is what is in the editor, saved or not.
        [seen] = [event for event in events if isinstance(event, ToolCallFinished) and event.index == _SEEN]
        assert not seen.ok or "lost" in seen.metadata or self._text in seen.text
        [part] = await journal.tasks(parent=self.task_id)
        assert part.status is Status.COMPLETED
        questions = [event for event in events if isinstance(event, ToolApprovalRequested)]
        shown = {str(event.request["edits"]) for event in questions if event.index == _DOCUMENTED}
        assert len(shown) == 1, "what a model wrote was shown, and then something else"
        assert (self.root / _CODE).read_text().count("Greet") <= 1
        for earlier, later in itertools.pairwise(self._conversations):
            assert later[: len(earlier)] == earlier


def _kill(editor: AgentEditor) -> None:
    editor.process.kill()
    raise ServerGoneError


_HANDLED = {"pylot/approval", "workspace/applyEdit", "pylot/taskUpdate"}


def _ids(events: Iterable[Mapping[str, Any]], kind: str) -> set[str]:
    return {event["approval_id"] for event in events if event["type"] == kind}


def _last_of_the_dead(events: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
    """Return the last event that a killed server wrote, and how many calls had ended by then."""
    own = [each for each in events if each["type"] != "task_interrupted" and not each.get("unknown")]
    return str(own[-1]["type"]), sum(each["type"] == "tool_call_finished" for each in own)


def _is_edit(event: Mapping[str, Any]) -> bool:
    return bool(event["type"] == "effect_intended" and event["tool"] == "edit_file")
