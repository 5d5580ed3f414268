"""The decision about an action: everything that speaks for or against it, and the strictest of that wins (T1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from pydantic import JsonValue

from pylot.kernel.stories import story
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
from pylot.policy.command_checks import check_command
from pylot.policy.decision import Decision, Reason, Scope, Verdict
from pylot.policy.file_checks import check_change, check_list, check_read
from pylot.policy.finding import Finding, Stage, common_scopes, finding, highest_risk
from pylot.policy.git_checks import check_git
from pylot.policy.identity import canonical_hash, grant_hashes, normalised
from pylot.policy.situation import Grant, Situation
from pylot.policy.tool_checks import check_delegate, check_tool

Check: TypeAlias = Callable[[Action, Situation], Iterator[Finding]]

UNTRUSTED = "untrusted"
"""The reason of what is asked because the user has not said that they trust the workspace."""

_log = logging.getLogger(__name__)
_LAST_TO_BIND = Stage.USER_ASKS


def decide(action: Action, situation: Situation) -> Decision:
    """Return whether an action may be performed, has to be asked about, or is refused.

    Nothing is changed, and nothing of a file is read but what decides what a program or git does. A check that fails
    counts as one that asks; where nobody can be asked, what would be asked is refused.
    """
    exact, failure = _identity(action, situation)
    findings = [*failure, *_safely(_specific_check, action, situation), *_safely(_trust, action, situation)]
    hashes = _grant_hashes(action, exact, situation) if not failure else {}
    action_hash = canonical_hash(exact)
    verdict, because = _weigh(findings, _grants(situation, action_hash, hashes))
    scopes: tuple[Scope, ...] = common_scopes(because) or ("once",)
    if verdict == "ask" and not situation.may_ask:
        verdict = "deny"
        because = [*because, finding(Stage.DEFAULT, "deny", "nobody_to_ask", "There is nobody to ask.")]
    return Decision(
        verdict=verdict,
        reasons=_reasons(because),
        risk=highest_risk([found for found in findings if found.verdict != "allow"] or because),
        scopes=scopes if verdict == "ask" else (),
        action_hash=action_hash,
        normalised=exact,
        grant_hashes=hashes,
    )


def _identity(action: Action, situation: Situation) -> tuple[dict[str, JsonValue], list[Finding]]:
    try:
        exact = normalised(action, situation)
        canonical_hash(exact)
        return exact, []
    except Exception as error:
        # Unknown is not equal to anything, so no grant can match; a model's text can make no difference here.
        return {"kind": action.kind, "unknown": action.model_dump_json()}, [_failed(error)]


def _grant_hashes(action: Action, exact: dict[str, JsonValue], situation: Situation) -> dict[Scope, str]:
    try:
        return grant_hashes(action, exact, situation)
    except Exception as error:
        _log.warning("the hashes of grants failed: %s", story(error))
        return {}


def _safely(check: Check, action: Action, situation: Situation) -> list[Finding]:
    try:
        return list(check(action, situation))
    except Exception as error:
        return [_failed(error)]


def _failed(error: Exception) -> Finding:
    _log.warning("a check of the policy failed: %s", story(error))
    return finding(Stage.NOT_PLAIN, "ask", "check_failed", "It could not be judged.", risk="high")


def _specific_check(action: Action, situation: Situation) -> Iterator[Finding]:
    match action:
        case ReadFile():
            return check_read(action, situation)
        case ListFolder() | SearchFiles():
            return check_list(action, situation)
        case WriteFile() | DeleteFile():
            return check_change(action, situation)
        case RunCommand() | RunTests():
            return check_command(action, situation)
        case ReadGit():
            return check_git(action, situation)
        case CallTool():
            return check_tool(action, situation)
        case Delegate():
            return check_delegate(action, situation)


def _trust(action: Action, situation: Situation) -> Iterator[Finding]:
    """In a workspace that the user does not trust, only reading goes unasked, and no answer is remembered (T8)."""
    if situation.trusted or isinstance(action, ReadFile | ListFolder | SearchFiles | Delegate):
        return
    if isinstance(action, RunCommand) and all(found.verdict == "allow" for found in check_command(action, situation)):
        return
    yield finding(Stage.NOT_PLAIN, "ask", UNTRUSTED, "You have not said that you trust this workspace.")


def _grants(situation: Situation, action_hash: str, hashes: dict[Scope, str]) -> Iterator[tuple[Grant, Finding]]:
    for grant in situation.grants:
        if grant.scope == "task" and grant.task_id != situation.task_id:
            continue
        if grant.scope == "workspace" and grant.workspace_id not in ("", situation.workspace_id):
            continue
        if grant.scope == "once" or grant.action_hash != hashes.get(grant.scope, action_hash):
            continue
        verdict: Verdict = "allow" if grant.allows else "deny"
        sentence = "You have allowed exactly this." if grant.allows else "You have refused exactly this for good."
        yield grant, finding(Stage.GRANT, verdict, f"grant_{verdict}", sentence, risk="low")


def _weigh(findings: Sequence[Finding], grants: Iterator[tuple[Grant, Finding]]) -> tuple[Verdict, list[Finding]]:
    """Return the verdict of the order of decision, and the findings that made it."""
    answers = list(grants)
    refused = [answer for grant, answer in answers if not grant.allows]
    if denying := [*(one for one in findings if one.verdict == "deny"), *refused]:
        return "deny", denying
    asking = [one for one in findings if one.verdict == "ask"]
    if binding := [one for one in asking if one.stage <= _LAST_TO_BIND]:
        # The rest is said too, as somebody is to read it.
        return "ask", [*binding, *(one for one in asking if one not in binding)]
    # A grant of a scope that would not be offered now was never given for this.
    granted = [answer for grant, answer in answers if grant.scope in common_scopes(asking)]
    if allowing := [*granted, *(one for one in findings if one.stage is Stage.USER_ALLOWS)]:
        return "allow", allowing
    if asking or not findings:
        return "ask", asking or [finding(Stage.DEFAULT, "ask", "unknown", "Nothing is known about it.")]
    return "allow", list(findings)


def _reasons(findings: Sequence[Finding]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(one.reason for one in findings))
