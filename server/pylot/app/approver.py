"""Ask the user about one task's actions: the question is a record first, then shown, and answered from wherever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pylot.agent.ports import Answer, Place
from pylot.app.agent_client import AgentClient, Chosen
from pylot.app.approval_question import wire_question
from pylot.app.trusting import TRUST_BUTTON, TRUST_CHOICE, Trusting
from pylot.execution.audit import refusal_of
from pylot.journal.approvals import Approval, NewApproval
from pylot.journal.events import TaskContinued, TaskWaiting
from pylot.journal.journal import Journal
from pylot.journal.tasks import Status
from pylot.kernel.errors import ConfigError, JournalError
from pylot.policy.actions import Action
from pylot.policy.decide import UNTRUSTED
from pylot.policy.decision import Decision

Describe = Callable[[Action, Decision, Place, str], Awaitable[NewApproval]]


class Approver:
    """Implement `agent.ports.Approver` over the journal and whoever is in front of the user."""

    def __init__(
        self, journal: Journal, client: AgentClient, describe: Describe, trusting: Trusting | None = None
    ) -> None:
        self._journal = journal
        self._client = client
        self._describe = describe
        self._trusting = trusting

    async def ask(self, action: Action, decision: Decision, place: Place, reason: str) -> Answer | None:
        """Return the user's answer, waiting for it; None when it cannot be had now, and the question stays open."""
        approval = await self._open_question(place, decision.action_hash)
        if approval is None:
            approval = await self._journal.request_approval(await self._describe(action, decision, place, reason))
        elif approval.status == "pending":
            await self._journal.append(place.task_id, TaskWaiting(approval_ids=(approval.id,)))
        if approval.status == "pending":
            if (answered := await self._answered(approval)) is None:
                return None
            approval = answered
        if (await self._journal.task(place.task_id)).status is Status.WAITING:
            await self._journal.append(place.task_id, TaskContinued(reason="approval"))
        answer = _answer(approval)
        if answer and not answer.allows and (refusal := refusal_of(action, decision, place)) is not None:
            await self._journal.append(place.task_id, refusal)
        return answer

    async def _open_question(self, place: Place, action_hash: str) -> Approval | None:
        """Return the question that was asked about this action before, perhaps by a process that is gone."""
        asked = await self._journal.approvals(task_id=place.task_id, only_pending=False)
        for approval in asked:
            is_same = approval.index == place.index and approval.action_hash == action_hash
            if is_same and approval.status in ("pending", "answered"):
                return approval
        return None

    async def _answered(self, approval: Approval) -> Approval | None:
        if not self._client.can_ask:
            return None
        showing = asyncio.create_task(self._show(approval))
        waiting = asyncio.create_task(self._journal.answered(approval.id))
        try:
            await asyncio.wait((showing, waiting), return_when=asyncio.FIRST_COMPLETED)
            is_answered = waiting.done() or await self._take(approval, showing.result())
            if not is_answered and not self._client.waits_for_others:
                return None
            return await waiting
        finally:
            for task in (showing, waiting):
                task.cancel()
            await asyncio.gather(showing, waiting, return_exceptions=True)

    async def _show(self, approval: Approval) -> Chosen | None:
        """Show a question until it is answered or put away; whoever trusts the folder first is asked again."""
        question = wire_question(approval)
        while True:
            folders = self._untrusted(approval)
            more = [{"id": TRUST_CHOICE, "title": TRUST_BUTTON}] if folders else []
            chosen = await self._client.ask_approval({**question, "choices": [*question["choices"], *more]})
            if chosen is None or chosen.choice != TRUST_CHOICE or self._trusting is None or not folders:
                return chosen
            try:
                await self._trusting.ask(self._client, folders)
            except ConfigError as error:
                question["reasons"] = [error.sentence, *question["reasons"]]

    def _untrusted(self, approval: Approval) -> Sequence[Path]:
        """Return the folders that would have to be trusted for a question to be asked less strictly."""
        codes = [reason.get("code") for reason in approval.decision.get("reasons") or ()]
        return self._trusting.untrusted if self._trusting is not None and UNTRUSTED in codes else ()

    async def _take(self, approval: Approval, chosen: Chosen | None) -> bool:
        """Write what was chosen; return whether the question has an answer now."""
        if chosen is None or chosen.choice not in approval.choices:
            return False
        try:
            await self._journal.answer(approval.id, chosen.choice, chosen.comment, by="editor")
        except JournalError:
            # Somebody was quicker elsewhere, or the task was cancelled meanwhile.
            return (await self._journal.approval(approval.id)).status != "pending"
        return True


def _answer(approval: Approval) -> Answer | None:
    match approval.choice:
        case "once" | "task" | "workspace" | "user" | "deny" | "deny_always":
            return Answer(approval.id, approval.choice, approval.comment)
    return None
