"""What the user is shown of an action that needs their yes: exactly what will be done, with nothing left out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pylot.journal.approvals import Approval, NewApproval
from pylot.kernel.shown_text import shortened, visible
from pylot.policy.actions import (
    Action,
    CallTool,
    Delegate,
    DeleteFile,
    ListFolder,
    ReadFile,
    ReadGit,
    RunCommand,
    RunTests,
    SearchFiles,
    WriteFile,
)
from pylot.policy.decision import Decision

Json = dict[str, Any]

_TITLES = {
    "once": "Allow once",
    "task": "Allow for this task",
    "workspace": "Always allow in this workspace",
    "user": "Always allow",
    "deny": "Deny",
    "deny_always": "Always deny",
}
_LONGEST_TITLE = 120
_LONGEST_REASON = 600


def new_approval(
    action: Action,
    decision: Decision,
    *,
    task_id: str,
    index: int,
    tool: str,
    reason: str,
    root: Path,
    sandbox: str,
    before: str | None,
) -> NewApproval:
    """Return the question about an action; `before` is the text of the file that it would change.

    `reason` is the model's own, shown as such and no part of what is allowed.
    """
    reasons = [visible(each.sentence) for each in decision.reasons]
    request: Json = {"detail": _detail(action, reason), "reasons": reasons}
    if isinstance(action, WriteFile):
        request["edits"] = [{"uri": (root / action.path).as_uri(), "before": before, "after": action.text}]
    elif isinstance(action, RunCommand | RunTests | ReadGit):
        request["command"] = {
            "text": visible(command_text(action)), "cwd": visible(str(root / action.cwd)), "sandbox": sandbox
        }  # fmt: skip
    return NewApproval(
        task_id=task_id,
        index=index,
        tool=tool,
        action=action.model_dump(mode="json"),
        action_hash=decision.action_hash,
        title=_title(action),
        choices=(*decision.scopes, "deny", "deny_always"),
        reason=reason,
        risk=decision.risk,
        decision=decision.model_dump(mode="json"),
        request=request,
        grant_hashes={str(scope): digest for scope, digest in decision.grant_hashes.items()},
    )


def wire_question(approval: Approval) -> Json:
    """Return a question as `pylot/approval` has it."""
    request: Mapping[str, Any] = {"detail": "", "reasons": [], **approval.request}
    return {
        "id": approval.id,
        "taskId": approval.task_id,
        "tool": approval.tool,
        **request,
        "choices": [{"id": choice, "title": _TITLES.get(choice, choice)} for choice in approval.choices],
    }


def command_text(action: RunCommand | RunTests | ReadGit) -> str:
    """Return a command as one would type it."""
    if isinstance(action, ReadGit):
        return shlex.join(("git", *action.args))
    if isinstance(action, RunTests):
        return shlex.join(action.argv)
    prefix = "sudo " if action.sudo else ""
    return prefix + (action.line if action.line is not None else shlex.join(action.argv or ()))


def _title(action: Action) -> str:
    match action:
        case WriteFile():
            title = f"{'Create' if action.before_hash is None else 'Change'} {action.path}"
        case DeleteFile():
            title = f"Delete {action.path}"
        case ReadFile():
            title = f"Read {action.path}"
        case ListFolder():
            title = f"List {action.path}"
        case SearchFiles():
            title = f"Search {action.path or 'the workspace'} for {action.query}"
        case RunCommand() | RunTests() | ReadGit():
            title = f"Run {command_text(action)}"
        case CallTool():
            title = f"Call the tool {action.tool_id}"
        case Delegate():
            title = f"Let the agent {action.agent_id} work"
    # Its end is shown too: what a long command comes to often stands there.
    return shortened(visible(title.replace("\n", "\\n"), line_ends=False), _LONGEST_TITLE)


def _detail(action: Action, reason: str) -> str:
    parts: list[str] = []
    if isinstance(action, WriteFile) and action.note:
        parts.append(visible(action.note))
    elif isinstance(action, RunCommand):
        parts += _permissions(action)
    elif isinstance(action, CallTool):
        parts.append(visible(json.dumps(action.arguments, indent=2, ensure_ascii=False, sort_keys=True)))
    elif isinstance(action, Delegate):
        parts.append(visible(action.prompt))
    if reason:
        # On one line, so that it cannot pass for anything that Pylot says.
        parts.append(f"The model says why: {shortened(visible(reason, line_ends=False), _LONGEST_REASON)}")
    return "\n".join(parts)


def _permissions(action: RunCommand) -> Sequence[str]:
    wanted = (("with the network", action.network), ("as root, by sudo", action.sudo))
    said = " and ".join(words for words, is_wanted in wanted if is_wanted)
    return [f"It runs {said}."] if said else []
