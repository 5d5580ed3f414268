"""Whether an action may be performed now: the last look before every effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from pylot.journal.approvals import Approval
from pylot.kernel.errors import JournalError, NotAllowedError
from pylot.policy.actions import ACTION, Action
from pylot.policy.decision import Decision


class CallPlace(Protocol):
    """Where in a task an action stands; `index` counts the calls of the whole task from 1 (A8)."""

    @property
    def task_id(self) -> str:
        """The task."""
        ...

    @property
    def index(self) -> int:
        """The number of the call."""
        ...

    @property
    def tool(self) -> str:
        """The tool that was called."""
        ...


class UserAnswer(Protocol):
    """What a person has said to a question in the journal."""

    @property
    def approval_id(self) -> str:
        """The question."""
        ...


class ApprovalRecords(Protocol):
    """The questions and answers; `pylot.journal.journal.Journal` fulfils it."""

    async def approval(self, approval_id: str) -> Approval:
        """Return a question by its id."""
        ...

    async def use_approval(self, approval_id: str, nonce: str, action_hash: str) -> None:
        """Use an allowing answer up for exactly the action that was asked about."""
        ...


READER = "reader"
"""The reason that `policy.command_checks` gives for a command that is known to only read."""

Recheck = Callable[[Action, str], Awaitable[Decision]]
"""Decides about an action of a task anew, with the world as it is now: its files, links, grants and rules."""


@dataclass(frozen=True, slots=True)
class Permit:
    """An action that may be performed once, now; `approval_id` is empty where no person was asked."""

    decision: Decision
    approval_id: str = ""

    @property
    def only_reads(self) -> bool:
        """Whether it is a command that policy has allowed because it only reads; then it is held to that."""
        reasons = self.decision.reasons
        return not self.approval_id and bool(reasons) and all(reason.code == READER for reason in reasons)


async def check_permit(
    action: Action, given: Decision | UserAnswer, place: CallPlace, records: ApprovalRecords, recheck: Recheck
) -> Permit:
    """Return the permit to perform an action, and use the answer up that it rests on.

    It is decided about once more, so that nothing that has changed since the decision or the answer slips through: a
    link, a script, a rule, an answer that was taken back.

    Raises:
        NotAllowedError: nobody has allowed this action, or it is no longer the same.
    """
    now = await recheck(action, place.task_id)
    if isinstance(given, Decision):
        if given.verdict != "allow" or now.verdict != "allow":
            raise NotAllowedError("This has not been allowed.", detail=_reasons(now))
        if given.action_hash != now.action_hash:
            raise NotAllowedError("Something that this rests on has changed since it was allowed.")
        return Permit(now)
    try:
        approval = await records.approval(given.approval_id)
        if approval.task_id != place.task_id or ACTION.validate_python(approval.action) != action:
            raise NotAllowedError("What is to be done is not what was asked about.")
        if now.verdict == "deny":
            raise NotAllowedError("This was allowed, but is forbidden now.", detail=_reasons(now))
        if now.action_hash != approval.action_hash:
            raise NotAllowedError("Something that this rests on has changed since it was allowed.")
        await records.use_approval(approval.id, approval.nonce, now.action_hash)
    except (JournalError, ValueError) as error:
        raise NotAllowedError("This has not been allowed.", detail=getattr(error, "sentence", "")) from error
    return Permit(now, approval.id)


def _reasons(decision: Decision) -> str:
    return ", ".join(reason.code for reason in decision.reasons)
