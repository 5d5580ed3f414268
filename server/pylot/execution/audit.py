"""The record of each action that changes something, or was kept from it (D7)."""

from __future__ import annotations

from pylot.execution.outcome import Outcome
from pylot.execution.permits import CallPlace, Permit
from pylot.execution.shown import summary_of
from pylot.journal.events import CommandAudit
from pylot.kernel.shown_text import visible
from pylot.policy.actions import Action, CallTool, DeleteFile, RunCommand, RunTests, WriteFile
from pylot.policy.decision import Decision


def audit_of(action: Action, permit: Permit, place: CallPlace, outcome: Outcome) -> CommandAudit:
    """Return the record of an action that was performed."""
    code = outcome.metadata.get("exit_code")
    return _record(action, permit.decision, place).model_copy(
        update={
            "requires_approval": bool(permit.approval_id),
            "approved": True,
            "ok": outcome.ok,
            "returncode": code if isinstance(code, int) else None,
            "details": {"sandbox": outcome.metadata["sandbox"]} if "sandbox" in outcome.metadata else {},
        }
    )


def refusal_of(action: Action, decision: Decision, place: CallPlace) -> CommandAudit | None:
    """Return the record of an action that policy has denied, or a person who was asked; None if it changes nothing."""
    if not isinstance(action, WriteFile | DeleteFile | RunCommand | RunTests | CallTool):
        return None
    is_denied = decision.verdict == "deny"
    update = {"blocked": is_denied, "requires_approval": not is_denied}
    return _record(action, decision, place).model_copy(update=update)


def _record(action: Action, decision: Decision, place: CallPlace) -> CommandAudit:
    return CommandAudit(
        index=place.index,
        tool=place.tool,
        command=visible(summary_of(action)),
        action_type=action.kind,
        risk_level=decision.risk,
        reason=" ".join(reason.sentence for reason in decision.reasons),
    )
