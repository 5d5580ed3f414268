"""A question is a record first, and whoever answers first counts (A11, D1 to D5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pylot.agent.ports import Answer, Place
from pylot.app.agent_client import Chosen, NobodyThere
from pylot.app.approval_question import new_approval
from pylot.app.approver import Approver
from pylot.app.configuration import Configuration
from pylot.app.trusting import Trusting
from pylot.config.sources import Sources
from pylot.journal.approvals import NewApproval
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask, Status
from pylot.kernel.clock import ManualClock
from pylot.policy.actions import Action, RunCommand
from pylot.policy.decision import Decision, Reason
from tests.support.recording_client import RecordingClient

ACTION = RunCommand(line="make")
DECISION = Decision(
    verdict="ask", reasons=(), risk="medium", scopes=("once", "task"), action_hash="ab" * 32, normalised={}
)


class SomebodyThere(NobodyThere):
    """Answer with the next of `answers`; None puts the question away, an event is waited for without an end."""

    can_ask = True

    def __init__(self, *answers: Chosen | asyncio.Event | None, waits: bool = True) -> None:
        self.answers = list(answers)
        self.asked: list[Mapping[str, Any]] = []
        self.waits_for_others = waits
        self.taken_back = False

    async def ask_approval(self, question: Mapping[str, Any]) -> Chosen | None:
        self.asked.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, asyncio.Event):
            answer.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.taken_back = True
            return None
        return answer


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path, ManualClock())
    yield journal
    await journal.close()


@pytest.fixture
async def place(journal: Journal) -> Place:
    task = await journal.claim((await journal.create_task(NewTask("Mend it", "/home/ann/project"))).id)
    return Place(task.id, "main", 2, "shell_exec_safe", "call-1")


def approver(journal: Journal, client: NobodyThere, trusting: Trusting | None = None) -> Approver:
    async def describe(action: Action, decision: Decision, place: Place, reason: str) -> NewApproval:
        return new_approval(
            action, decision, task_id=place.task_id, index=place.index, tool=place.tool, reason=reason,
            root=Path("/home/ann/project"), sandbox="landlock", before=None,
        )  # fmt: skip

    return Approver(journal, client, describe, trusting)


async def test_the_answer_of_the_editor_counts_and_the_task_goes_on(journal: Journal, place: Place) -> None:
    client = SomebodyThere(Chosen("deny", "not now"))
    answer = await approver(journal, client).ask(ACTION, DECISION, place, "to build")

    assert answer is not None
    assert (answer.choice, answer.comment, answer.allows) == ("deny", "not now", False)
    assert [choice["id"] for choice in client.asked[0]["choices"]] == ["once", "task", "deny", "deny_always"]
    assert (await journal.task(place.task_id)).status is Status.RUNNING


async def test_an_answer_from_elsewhere_takes_the_question_back(journal: Journal, place: Place) -> None:
    shown = asyncio.Event()
    client = SomebodyThere(shown)
    asking = asyncio.create_task(approver(journal, client).ask(ACTION, DECISION, place, ""))
    await shown.wait()
    [pending] = await journal.approvals()
    await journal.answer(pending.id, "task", by="terminal")

    answer = await asking
    assert answer == Answer(pending.id, "task", "")
    assert client.taken_back


@pytest.mark.parametrize("chosen", [None, Chosen("user"), Chosen("nonsense")])
async def test_what_is_no_answer_leaves_the_question_open(
    journal: Journal, place: Place, chosen: Chosen | None
) -> None:
    """A scope that was not offered is none either (T3)."""
    assert await approver(journal, SomebodyThere(chosen, waits=False)).ask(ACTION, DECISION, place, "") is None
    assert len(await journal.approvals()) == 1
    assert (await journal.task(place.task_id)).status is Status.WAITING


async def test_nobody_there_leaves_the_question_open_and_it_is_asked_once(journal: Journal, place: Place) -> None:
    nobody = approver(journal, NobodyThere())
    assert await nobody.ask(ACTION, DECISION, place, "") is None
    await journal.claim(place.task_id, "resume")
    assert await nobody.ask(ACTION, DECISION, place, "") is None
    [pending] = await journal.approvals(only_pending=False)
    await journal.answer(pending.id, "once")
    await journal.claim(place.task_id, "resume")

    assert await nobody.ask(ACTION, DECISION, place, "") == Answer(pending.id, "once", "")
    await journal.use_approval(pending.id, pending.nonce, DECISION.action_hash)
    assert await nobody.ask(ACTION, DECISION, place, "") is None
    assert len(await journal.approvals(only_pending=False)) == 2


async def test_another_action_at_the_same_place_is_another_question(journal: Journal, place: Place) -> None:
    nobody = approver(journal, NobodyThere())
    await nobody.ask(ACTION, DECISION, place, "")
    await journal.claim(place.task_id, "resume")
    await nobody.ask(ACTION, DECISION.model_copy(update={"action_hash": "cd" * 32}), place, "")

    assert len(await journal.approvals()) == 2


@pytest.mark.parametrize("says_yes", [True, False])
async def test_a_question_about_an_untrusted_folder_offers_to_trust_it(
    journal: Journal, place: Place, tmp_path: Path, says_yes: bool
) -> None:
    """T8: a person is asked once more what that means, and then for the answer."""

    class Person(SomebodyThere):
        async def ask_yes(self, question: str, yes: str) -> bool:
            return says_yes

    configuration = Configuration(Sources(tmp_path / "config", environ={}), RecordingClient())
    (tmp_path / "project").mkdir()
    trusting = Trusting(tmp_path / "config", configuration, lambda: (tmp_path / "project",))
    client = Person(Chosen("trust"), Chosen("once"))
    reason = Reason(code="untrusted", sentence="You have not said that you trust this workspace.")
    decision = DECISION.model_copy(update={"reasons": (reason,)})
    answer = await approver(journal, client, trusting).ask(ACTION, decision, place, "")

    assert answer is not None
    assert answer.choice == "once"
    offered = [[choice["id"] for choice in question["choices"]] for question in client.asked]
    assert [("trust" in ids) for ids in offered] == [True, not says_yes]
    assert configuration.trusts(tmp_path / "project") is says_yes


async def test_trust_is_offered_only_where_it_would_change_something(
    journal: Journal, place: Place, tmp_path: Path
) -> None:
    configuration = Configuration(Sources(tmp_path / "config", environ={}), RecordingClient())
    trusting = Trusting(tmp_path / "config", configuration, lambda: (tmp_path,))
    client = SomebodyThere(Chosen("trust"), waits=False)

    assert await approver(journal, client, trusting).ask(ACTION, DECISION, place, "") is None
    assert [choice["id"] for choice in client.asked[0]["choices"]] == ["once", "task", "deny", "deny_always"]
    assert not (tmp_path / "config").exists()
