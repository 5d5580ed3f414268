"""A small world for agents: files in memory, a policy of a few lines, a user with a list of answers, an event log."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter

from pylot.agent.blueprints import Blueprint
from pylot.agent.loop import AgentRun
from pylot.agent.ports import Answer, Delegates, Equipment, Knowledge, Outcome, Place
from pylot.agent.run import RunRequest, RunResult
from pylot.agent.transcript import Transcript
from pylot.journal.events import AnyEvent, EffectFinished, EffectIntended, ModelCallFinished
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ActionRefusedError, EditMismatchError
from pylot.models.provider import Provider
from pylot.models.settings import Role
from pylot.models.structured.values import Form
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import ModelProfile, Tool
from pylot.policy.actions import Action, Delegate, ReadFile, RunCommand, WriteFile
from pylot.policy.decision import Decision, Reason
from pylot.tools.ports import Record, keep_nothing
from tests.support.scripted_chat import ScriptedChat

_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


class ScriptedMind(ScriptedChat):
    """A model with room for a conversation."""

    context_tokens = 16_384

    @property
    def profile(self) -> ModelProfile:
        return replace(super().profile, context_tokens=self.context_tokens)


def _tool(name: str, *arguments: str) -> Tool:
    properties = {argument: {"type": "string"} for argument in arguments}
    schema = {"type": "object", "properties": properties, "required": list(arguments), "additionalProperties": False}
    return Tool(name, f"Do {name}.", schema)


TOOLS = (
    _tool("file_read", "path"),
    _tool("file_write", "path", "text"),
    _tool("shell_exec_safe", "command"),
    _tool("coder", "prompt"),
    _tool("generate_docs", "path"),
)


@dataclass
class Log:
    """An event log in memory, whose events go through JSON as those on disk do."""

    events: list[AnyEvent] = field(default_factory=list)

    async def record(self, *events: AnyEvent) -> None:
        await asyncio.sleep(0)
        self.events += [_EVENT.validate_json(event.model_dump_json()) for event in events]

    def types(self) -> list[str]:
        return [event.type for event in self.events]


@dataclass
class World:
    """Everything around one task; `answers` are the user's, in order, None for nobody there.

    `files` is what the agent changes; `done` are the changes that were made, in order.
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    answers: list[Answer | None] = field(default_factory=list)
    log: Log = field(default_factory=Log)
    clock: ManualClock = field(default_factory=ManualClock)
    done: list[str] = field(default_factory=list)
    asked: list[Action] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    minds: dict[str, Provider] = field(default_factory=dict)
    knowledge: Knowledge = field(default_factory=Knowledge)
    delegates: Delegates | None = None
    n_written: int = 0

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)

    # The ports

    def provider(self, role: Role, agent: str = "") -> Provider:
        return self.minds.get(role) or self.minds["action"]

    def text(self, name: str, values: Mapping[str, str]) -> str:
        return f"You are {name}.\n{values['facts']}".strip()

    def tools(self) -> Sequence[Tool]:
        return TOOLS

    async def action(self, tool: str, arguments: Mapping[str, object], record: Record = keep_nothing) -> Action:
        words = {name: str(value) for name, value in arguments.items()}
        match tool:
            case "file_read":
                return ReadFile(path=words["path"])
            case "file_write":
                if not words["path"]:
                    raise ActionRefusedError("A file needs a name.")
                if words["text"] == "misfit":
                    raise EditMismatchError("The edit fits no place of the text.", report="Nearest is line 1: <|a|>")
                return WriteFile(path=words["path"], before_hash=self._hash(words["path"]), text=words["text"])
            case "generate_docs":
                # A model, which never writes the same text twice.
                self.n_written += 1
                await record(ModelCallFinished(role="coder", total_tokens=500))
                return WriteFile(path=words["path"], before_hash=None, text=f"docs {self.n_written}")
            case "coder":
                return Delegate(agent_id="coder", prompt=words["prompt"])
            case _:
                return RunCommand(line=words["command"])

    async def decide(self, action: Action, place: Place) -> Decision:
        match action:
            case RunCommand(line=line) if line and "sudo" in line:
                return _decision(action, "deny", "sudo is turned off.")
            case RunCommand() | WriteFile():
                return _decision(action, "ask", "It changes something.")
            case _:
                return _decision(action, "allow", "")

    async def ask(self, action: Action, decision: Decision, place: Place, reason: str) -> Answer | None:
        await asyncio.sleep(0)
        self.asked.append(action)
        return self.answers.pop(0)

    async def perform(self, action: Action, permit: Decision | Answer, place: Place) -> Outcome:
        match action:
            case ReadFile(path=path):
                text = self.files.get(path)
                return Outcome(False, error=f"There is no file {path}.") if text is None else Outcome(True, text)
            case WriteFile() | RunCommand():
                effect = f"effect-{next(self._ids)}"
                await self.log.record(EffectIntended(effect_id=effect, index=place.index, tool=place.tool))
                outcome = await self._change(action)
                await self.log.record(EffectFinished(effect_id=effect, ok=outcome.ok))
                return outcome
            case _:
                raise RuntimeError("secret_user_code")

    async def _change(self, action: WriteFile | RunCommand) -> Outcome:
        await asyncio.sleep(0)
        if isinstance(action, WriteFile):
            self.files[action.path] = action.text
            self.done.append(f"write {action.path}")
            return Outcome(True, f"Wrote {action.path}.")
        self.done.append(f"run {action.line}")
        return Outcome(action.line != "false", f"{action.line}: ran", "" if action.line != "false" else "It failed.")

    def answer_begins(self) -> None:
        self.shown.clear()

    def answer_goes_on(self, piece: str) -> None:
        self.shown.append(piece)

    # Running

    async def run(
        self,
        model: Provider | None = None,
        *,
        request: RunRequest | None = None,
        blueprint: Blueprint | None = None,
        token: CancellationToken | None = None,
        resumed: bool = False,
    ) -> RunResult:
        """Run the task, anew or from its log."""
        if model is not None:
            self.minds["action"] = model
        verdicts = Verdicts(self.folder)
        await verdicts.keep("scripted 1", Form.SCHEMA)
        equipment = Equipment(
            self, verdicts, self, self, self, self, self, self.log, self.delegates, self.knowledge, self, self.clock
        )
        transcript = Transcript.of(self.log.events) if resumed else Transcript()
        run = AgentRun(
            "task-1",
            request or RunRequest(prompt="Mend it."),
            blueprint or Blueprint(tools=()),
            equipment,
            transcript=transcript,
            token=token,
        )
        return await run.go()

    def _hash(self, path: str) -> str | None:
        text = self.files.get(path)
        return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def _decision(action: Action, verdict: str, sentence: str) -> Decision:
    value = action.model_dump(mode="json")
    digest = hashlib.sha256(action.model_dump_json().encode()).hexdigest()
    return Decision.model_validate(
        {
            "verdict": verdict,
            "reasons": (Reason(code="test", sentence=sentence),) if sentence else (),
            "risk": "low",
            "scopes": ("once", "task") if verdict == "ask" else (),
            "action_hash": digest,
            "normalised": value,
        }
    )
