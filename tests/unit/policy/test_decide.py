from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pylot.policy import decide as deciding
from pylot.policy.actions import Action, CallTool, DeleteFile, ReadFile, ReadGit, RunCommand, RunTests, WriteFile
from pylot.policy.decide import decide
from pylot.policy.finding import Finding
from pylot.policy.rules import Rules, parse_allow_rule, parse_rule
from pylot.policy.situation import Grant, Situation
from tests.support.policy_workspace import Ground

EDIT = WriteFile(path="src/main.py", before_hash="0" * 64, text="x\n")
MAKE = RunCommand(line="make test")
LIST = RunCommand(line="ls src")
OPAQUE = RunCommand(line="make test > out.txt")


def rules(**texts: str) -> Rules:
    parse = {"allow": parse_allow_rule, "ask": parse_rule, "deny": parse_rule}
    return Rules(**{name: (parse[name](text),) for name, text in texts.items()})


def granted(action: Action, situation: Situation, scope: Any = "workspace", *, allows: bool = True) -> Situation:
    decision = decide(action, situation)
    grant = Grant(decision.hash_for(scope), scope, allows, situation.workspace_id, situation.task_id)
    return replace(situation, grants=(*situation.grants, grant))


@pytest.mark.parametrize(
    ("action", "changes", "verdict", "codes", "scopes"),
    [
        (ReadFile(path="src/main.py"), {}, "allow", ["inside_workspace"], []),
        (ReadFile(path="/etc/hostname"), {}, "ask", ["outside_workspace"], ["once", "task", "workspace", "user"]),
        (ReadFile(path=".env"), {}, "ask", ["secret_file"], ["once"]),
        (ReadFile(path=".env"), {"remote_model": True}, "deny", ["excluded_remote"], []),
        (ReadFile(path="dist/out.js"), {}, "ask", ["excluded"], ["once", "task", "workspace"]),
        (ReadFile(path="private/notes.md"), {}, "deny", ["excluded"], []),
        (EDIT, {"mode": "ask"}, "ask", ["change"], ["once", "task"]),
        (EDIT, {"mode": "auto_edit"}, "allow", ["auto_edit"], []),
        (EDIT, {"mode": "read_only"}, "deny", ["read_only"], []),
        (EDIT, {"mode": "auto_edit", "trusted": False}, "ask", ["untrusted"], ["once"]),
        (DeleteFile(path="src/old.py"), {}, "ask", ["change"], ["once"]),
        (WriteFile(path=".vscode/tasks.json", before_hash=None, text=""), {}, "ask", ["protected"], ["once"]),
        (WriteFile(path="src/main.py", before_hash=None, text=""), {}, "ask", ["exists"], ["once"]),
        (WriteFile(path="hard.txt", before_hash=None, text=""), {}, "ask", ["exists", "hard_link"], ["once"]),
        (LIST, {}, "allow", ["reader"], []),
        (LIST, {"trusted": False}, "allow", ["reader"], []),
        (LIST, {"sandbox_level": "none"}, "ask", ["no_sandbox"], ["once"]),
        (LIST, {"mode": "read_only"}, "allow", ["reader"], []),
        (MAKE, {}, "ask", ["program_build"], ["once", "task", "workspace"]),
        (MAKE, {"mode": "read_only"}, "deny", ["read_only"], []),
        (MAKE, {"may_ask": False}, "deny", ["program_build", "nobody_to_ask"], []),
        (MAKE, {"trusted": False}, "ask", ["untrusted", "program_build"], ["once"]),
        (OPAQUE, {}, "ask", ["not_plain"], ["once"]),
        (RunCommand(line="python3 x.py"), {}, "ask", ["program_interpreter"], ["once", "task"]),
        (RunCommand(line="nothing_like_it"), {}, "ask", ["program_other"], ["once"]),
        (RunCommand(line="sudo make"), {}, "deny", ["sudo_off"], []),
        (RunCommand(line="grep -r x" + " src" * 17), {}, "ask", ["many_folders"], ["once", "task"]),
        (RunCommand(line="pylot approvals answer x user"), {}, "deny", ["own_program"], []),
        (RunCommand(line="python3 -m pylot agent run x"), {}, "deny", ["own_program"], []),
        (RunCommand(line="cd $X && pylot approvals list"), {}, "deny", ["own_program"], []),
        (RunCommand(line="yes | /usr/local/bin/pylot trust ."), {}, "deny", ["own_program"], []),
        (RunCommand(line="script -qc 'pylot trust .'; pylot trust . <<< y"), {}, "deny", ["own_program"], []),
        (RunCommand(line="env PYLOT_HOME=x python3 -m pylot trust"), {"trusted": False}, "deny", ["own_program"], []),
        (RunCommand(line="ls", sudo=True), {"sudo_enabled": True}, "ask", ["sudo"], ["once"]),
        (RunCommand(line="ls", network=True), {}, "ask", ["network"], ["once"]),
        (RunTests(argv=("npm", "test")), {}, "ask", ["program_build"], ["once", "task", "workspace"]),
        (ReadGit(args=("status",)), {}, "allow", ["git_reader"], []),
        (ReadGit(args=("status",)), {"trusted": False}, "ask", ["untrusted"], ["once"]),
        (ReadGit(args=("push",)), {}, "deny", ["git_argument"], []),
        (ReadGit(args=("status",), cwd="odd_repo"), {}, "ask", ["git_config"], ["once"]),
        (CallTool(tool_id="x"), {}, "ask", ["tool"], ["once", "task"]),
        (CallTool(tool_id="x", pin="1"), {}, "ask", ["tool"], ["once", "task", "workspace", "user"]),
        (CallTool(tool_id="x", reads_only=True), {}, "allow", ["reading_tool"], []),
    ],
)
def test_verdicts(
    ground: Ground, action: Action, changes: dict[str, Any], verdict: str, codes: list[str], scopes: list[str]
) -> None:
    """D6, C19."""
    decision = decide(action, ground.situation(rules=Rules(), **changes))

    assert (decision.verdict, [reason.code for reason in decision.reasons]) == (verdict, codes)
    assert list(decision.scopes) == scopes


@pytest.mark.parametrize(
    ("action", "wanted", "verdict", "code"),
    [
        (MAKE, {"allow": "make test"}, "allow", "rule_allow"),
        (MAKE, {"allow": "make lint"}, "ask", "program_build"),
        (RunCommand(line="ls && make test"), {"allow": "make"}, "allow", "reader"),
        (RunCommand(line="make test && npm test"), {"allow": "make"}, "ask", "program_build"),
        (MAKE, {"allow": "make", "ask": "make"}, "ask", "rule_ask"),
        (MAKE, {"allow": "make", "deny": "make"}, "deny", "rule_deny"),
        (OPAQUE, {"allow": "make"}, "ask", "not_plain"),
        (OPAQUE, {"deny": "make test"}, "deny", "rule_deny"),
        (RunCommand(line="env /usr/bin/make test"), {"deny": "make"}, "deny", "rule_deny"),
        (RunCommand(line="sh -c 'cd x; make test'"), {"deny": "make test"}, "deny", "rule_deny"),
        (RunCommand(line="ls"), {"deny": "make"}, "allow", "reader"),
        (RunCommand(line="grep make README.md"), {"deny": "make"}, "allow", "reader"),
        (RunCommand(line="ls src"), {"deny": "ls"}, "deny", "rule_deny"),
        (ReadGit(args=("log", "-3")), {"ask": "git log"}, "ask", "rule_ask"),
        (RunCommand(line="cat dist/out.js"), {"allow": "read:dist/**"}, "allow", "reader"),
        (RunCommand(line="cat dist/out.js /etc/hostname"), {"allow": "read:dist/**"}, "ask", "outside_workspace"),
        (RunCommand(line="cat src/main.py"), {"deny": "read:src/**"}, "deny", "rule_deny"),
        (ReadFile(path="/etc/hostname"), {"allow": "read:/etc/hostname"}, "allow", "rule_allow"),
        (ReadFile(path="/etc/hostname"), {"allow": "read:**"}, "ask", "outside_workspace"),
        (ReadFile(path=".env"), {"allow": "read:.env"}, "ask", "secret_file"),
        (DeleteFile(path="src/old.py"), {"allow": "edit:src/**"}, "ask", "change"),
        (EDIT, {"allow": "edit:src/**"}, "allow", "rule_allow"),
        (WriteFile(path="conftest.py", before_hash=None, text=""), {"allow": "edit:**"}, "ask", "protected"),
        (EDIT, {"ask": "edit:src/**"}, "ask", "rule_ask"),
        (EDIT, {"deny": "edit:src/**"}, "deny", "rule_deny"),
        (CallTool(tool_id="jira.read"), {"allow": "tool:jira.*"}, "allow", "rule_allow"),
        (CallTool(tool_id="jira.read", has_changed=True), {"allow": "tool:jira.*"}, "ask", "changed_tool"),
        (CallTool(tool_id="x", reads_only=True), {"deny": "tool:*"}, "deny", "rule_deny"),
    ],
)
def test_rules_of_the_user(ground: Ground, action: Action, wanted: dict[str, str], verdict: str, code: str) -> None:
    """D6: what denies beats what asks, and that beats what allows; nothing that is not plain is allowed."""
    decision = decide(action, ground.situation(rules=rules(**wanted)))

    assert (decision.verdict, decision.reasons[0].code) == (verdict, code)


@pytest.mark.parametrize(
    ("action", "changes", "verdict"),
    [
        (MAKE, {}, "allow"),
        (MAKE, {"rules": rules(ask="make")}, "ask"),
        (MAKE, {"rules": rules(deny="make")}, "deny"),
        (MAKE, {"sandbox_level": "none"}, "ask"),
        (MAKE, {"trusted": False}, "ask"),
        (MAKE, {"workspace_id": "w2"}, "ask"),
        (OPAQUE, {}, "ask"),
        (ReadFile(path=".env"), {}, "ask"),
        (WriteFile(path=".vscode/x", before_hash=None, text=""), {}, "ask"),
        (RunCommand(line="ls", network=True), {}, "ask"),
    ],
)
def test_no_grant_beats_what_comes_before_it(
    ground: Ground, action: Action, changes: dict[str, Any], verdict: str
) -> None:
    """D2, D6: a grant of exactly this action is there each time."""
    before = ground.situation(rules=Rules())
    situation = granted(action, replace(before, **changes), "workspace")
    grant = replace(situation.grants[0], workspace_id=before.workspace_id)

    assert decide(action, replace(situation, grants=(grant,))).verdict == verdict


def test_a_denial_for_good_beats_every_grant(ground: Ground) -> None:
    """D3."""
    allowed = granted(MAKE, ground.situation(rules=Rules()))
    denied = granted(MAKE, allowed, allows=False)

    assert [decide(MAKE, allowed).verdict, decide(MAKE, denied).verdict] == ["allow", "deny"]
    assert decide(MAKE, replace(denied, grants=denied.grants[::-1])).verdict == "deny"


def test_a_task_may_be_given_a_file_and_nothing_else(ground: Ground) -> None:
    """D1: whatever the new text is, in this task alone."""
    situation = granted(EDIT, ground.situation(mode="ask"), "task")
    other_text = EDIT.model_copy(update={"text": "y\n", "before_hash": "1" * 64})
    other_file = EDIT.model_copy(update={"path": "src/old.py"})

    assert decide(other_text, situation).verdict == "allow"
    assert decide(other_file, situation).verdict == "ask"
    assert decide(EDIT, replace(situation, task_id="t2")).verdict == "ask"


def test_a_grant_of_the_user_holds_in_every_workspace(ground: Ground) -> None:
    """D2."""
    action = CallTool(tool_id="jira.read", pin="1")
    situation = granted(action, ground.situation(), "user")

    assert decide(action, replace(situation, workspace_id="w2")).verdict == "allow"
    assert decide(action.model_copy(update={"pin": "2"}), situation).verdict == "ask"


@pytest.mark.parametrize("broken", ["_specific_check", "_trust", "normalised"])
def test_a_check_that_fails_asks(ground: Ground, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """T1: not even a grant of it helps."""

    def fail(action: Action, situation: Situation) -> Iterator[Finding]:
        raise RuntimeError("broken")

    situation = granted(LIST, ground.situation())
    monkeypatch.setattr(deciding, broken, fail)
    decision = decide(LIST, situation)

    assert (decision.verdict, decision.reasons[0].code) == ("ask", "check_failed")
    assert decision.scopes == ("once",)


def test_a_task_reads_what_its_own_commands_have_put_out(ground: Ground) -> None:
    """C7: that and nothing else of Pylot's own folders."""
    outputs = ground.own / "artefacts" / "t1"
    for folder in (outputs, ground.own / "artefacts" / "t2"):
        folder.mkdir(parents=True)
        (folder / "1.txt").write_text("many lines\n")
    (outputs / "link").symlink_to(ground.own / "artefacts" / "t2" / "1.txt")
    situation = ground.situation(outputs=outputs)
    paths = (outputs / "1.txt", outputs.parent / "t2" / "1.txt", outputs / "link", outputs / ".." / "t2" / "1.txt")

    assert [decide(ReadFile(path=str(path)), situation).verdict for path in paths] == ["allow", "deny", "deny", "deny"]
    assert decide(WriteFile(path=str(outputs / "1.txt"), before_hash=None, text=""), situation).verdict == "deny"


def test_what_has_no_identity_is_asked_about(ground: Ground) -> None:
    """T1: what is no number has no canonical form, so nothing could be compared with it."""
    decision = decide(CallTool(tool_id="x", arguments={"n": float("nan")}, pin="1"), ground.situation())

    assert (decision.verdict, decision.reasons[0].code, decision.scopes) == ("ask", "check_failed", ("once",))
