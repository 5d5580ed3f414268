"""The one door to effects: what opens it, and what is written down (C7, D5, D7, T2, T19)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pylot.execution.audit import refusal_of
from pylot.execution.beneath import find_target
from pylot.execution.commands import CommandPlace, run_in
from pylot.execution.permits import READER
from pylot.journal.events import CommandAudit, EffectFinished, EffectIntended
from pylot.kernel.errors import ExecutionError, NotAllowedError, StorageError
from pylot.policy.actions import (
    Action,
    DeleteFile,
    ListFolder,
    ReadFile,
    ReadGit,
    RunCommand,
    RunTests,
    SearchFiles,
    WriteFile,
)
from pylot.policy.command_line import command_line
from pylot.policy.decision import Decision, Verdict
from pylot.text.file_encoding import content_hash
from pylot.workspace.roots import Roots
from tests.support.agent_effects import At, Said, World, decision, make_world
from tests.support.open_documents import OpenDocuments
from tests.support.sandboxes import LEVELS, sandbox_of

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="commands are not run on Windows yet")


@pytest.fixture
async def world(own_home: Path) -> AsyncIterator[World]:
    made = await make_world(own_home / "world")
    (made.root / "a.py").write_text("a = 1\n", encoding="utf-8")
    yield made
    await made.journal.close()


WRITE = WriteFile(path="a.py", before_hash=content_hash(b"a = 1\n"), text="a = 2\n")
OTHER = WriteFile(path="a.py", before_hash=content_hash(b"a = 1\n"), text="a = 3\n")


async def test_an_effect_is_written_down_before_and_after(world: World) -> None:
    outcome = await world.desk.perform(WRITE, decision(WRITE), world.at)
    events = [each.event for each in await world.journal.events(world.task_id)][-3:]

    assert (outcome.ok, outcome.text) == (True, "Changed a.py.")
    assert (world.root / "a.py").read_text(encoding="utf-8") == "a = 2\n"
    intended, finished, audit = events
    assert isinstance(intended, EffectIntended)
    assert isinstance(finished, EffectFinished)
    assert isinstance(audit, CommandAudit)
    assert (intended.effect_id, intended.summary) == (finished.effect_id, "write file a.py")
    assert finished.ok
    assert audit == CommandAudit(
        index=1,
        tool="tool",
        command="write file a.py",
        action_type="write_file",
        risk_level="medium",
        requires_approval=False,
        approved=True,
        ok=True,
        reason="The test says so.",
    )


async def test_looking_changes_nothing_and_is_no_effect(world: World) -> None:
    actions: list[Action] = [
        ReadFile(path="a.py"),
        ListFolder(),
        SearchFiles(query="a = ", mode="regex"),
        SearchFiles(query="A = "),
    ]
    outcomes = [await world.desk.perform(action, decision(action), world.at) for action in actions]

    assert [outcome.text for outcome in outcomes] == ["a = 1\n", "a.py", "a.py:1: a = 1", "Nothing found."]
    assert await world.events("effect_intended", "command_audit") == []


REFUSED: dict[str, tuple[Decision | Said, Verdict, str]] = {
    "an ask": (decision(WRITE, "ask"), "allow", ""),
    "a denial": (decision(WRITE, "deny"), "allow", ""),
    "the decision about another action": (decision(OTHER), "allow", ""),
    "a decision that would be an ask now": (decision(WRITE), "ask", ""),
    "a decision that would be a denial now": (decision(WRITE), "deny", ""),
    "a decision that rests on another script": (decision(WRITE), "allow", "changed"),
    "an answer that nobody gave": (Said("ask-missing"), "ask", ""),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_nothing_else_opens_the_door(world: World, name: str) -> None:
    permit, world.verdict, world.rests_on = REFUSED[name]

    with pytest.raises(NotAllowedError):
        await world.desk.perform(WRITE, permit, world.at)
    assert (world.root / "a.py").read_text(encoding="utf-8") == "a = 1\n"
    assert await world.events("effect_intended", "effect_finished") == []


async def test_an_answer_opens_it_once_for_exactly_this_action(world: World) -> None:
    world.verdict = "ask"
    said = await world.ask(WRITE)

    for action, at in ((OTHER, world.at), (WRITE, At("another-task"))):
        with pytest.raises(NotAllowedError):
            await world.desk.perform(action, said, at)
    assert (await world.desk.perform(WRITE, said, world.at)).ok
    (world.root / "a.py").write_text("a = 1\n", encoding="utf-8")
    with pytest.raises(NotAllowedError):
        await world.desk.perform(WRITE, said, world.at)
    audits = [each.event for each in await world.journal.events(world.task_id) if each.type == "command_audit"]
    assert [audit.requires_approval for audit in audits if isinstance(audit, CommandAudit)] == [True]


@pytest.mark.parametrize("choice", ["", "deny"])
async def test_a_question_that_is_open_or_denied_opens_nothing(world: World, choice: str) -> None:
    world.verdict = "ask"
    said = await world.ask(WRITE, choice)

    with pytest.raises(NotAllowedError):
        await world.desk.perform(WRITE, said, world.at)
    assert (world.root / "a.py").read_text(encoding="utf-8") == "a = 1\n"


@pytest.mark.parametrize(("verdict", "rests_on"), [("deny", ""), ("ask", "another script")])
async def test_an_answer_is_void_once_what_it_rests_on_has_changed(
    world: World, verdict: Verdict, rests_on: str
) -> None:
    """T2: a later rule, a script that was swapped between the answer and the run."""
    world.verdict = "ask"
    said = await world.ask(WRITE)
    world.verdict, world.rests_on = verdict, rests_on

    with pytest.raises(NotAllowedError):
        await world.desk.perform(WRITE, said, world.at)
    assert await world.events("approval_used") == []


async def test_a_file_that_changed_meanwhile_is_an_outcome_that_says_so(world: World) -> None:
    def change() -> None:
        (world.root / "a.py").write_text("theirs = 1\n", encoding="utf-8")

    world.on_recheck.append(change)

    outcome = await world.desk.perform(WRITE, decision(WRITE), world.at)

    assert (outcome.ok, outcome.error) == (False, "a.py has changed since it was read: read it again, then change it.")
    assert (world.root / "a.py").read_text(encoding="utf-8") == "theirs = 1\n"
    assert await world.events("effect_intended", "command_audit") == ["command_audit"]


async def test_a_file_is_deleted_as_it_was_shown_or_not_at_all(world: World) -> None:
    """T2: a yes to losing one text is no yes to losing the one that was written since."""

    def change() -> None:
        (world.root / "a.py").write_text("theirs = 1\n", encoding="utf-8")

    delete = DeleteFile(path="a.py", before_hash=content_hash(b"a = 1\n"))
    world.on_recheck.append(change)

    outcome = await world.desk.perform(delete, decision(delete), world.at)

    assert (outcome.ok, outcome.error) == (False, "a.py has changed since it was to be deleted: look at it again.")
    assert (world.root / "a.py").read_text(encoding="utf-8") == "theirs = 1\n"
    assert await world.events("effect_intended", "command_audit") == ["command_audit"]


async def test_what_was_changed_can_be_taken_back(world: World) -> None:
    delete = DeleteFile(path="b.txt", before_hash=content_hash(b"b\n"))
    make = WriteFile(path="b.txt", before_hash=None, text="b\n")
    for action in (WRITE, make, delete, make):
        assert (await world.desk.perform(action, decision(action), world.at)).ok

    restored = await world.restore()

    assert restored.skipped == ()
    assert [it.name for it in world.root.iterdir()] == ["a.py"]
    assert (world.root / "a.py").read_text(encoding="utf-8") == "a = 1\n"


async def test_nothing_is_begun_that_cannot_be_written_down(world: World) -> None:
    await world.journal.close()

    with pytest.raises(StorageError):
        await world.desk.perform(WRITE, decision(WRITE), world.at)
    assert (world.root / "a.py").read_text(encoding="utf-8") == "a = 1\n"


@posix_only
async def test_a_command_says_how_it_ended_and_in_what_sandbox(world: World) -> None:
    action = RunCommand(line="echo hello && false")
    outcome = await world.desk.perform(action, decision(action), world.at)
    audit = [each.event for each in await world.journal.events(world.task_id)][-1]

    assert (outcome.ok, outcome.text) == (False, "hello\n[exit code 1; sandbox: none]")
    assert outcome.error == "The command ended with exit code 1."
    assert dict(outcome.metadata) == {"exit_code": 1, "sandbox": "none", "timed_out": False, "changed_files": []}
    assert isinstance(audit, CommandAudit)
    assert (audit.command, audit.returncode, audit.details) == ("echo hello && false", 1, {"sandbox": "none"})


@posix_only
async def test_output_cannot_play_with_the_terminal_that_shows_it(world: World) -> None:
    """T25: escape sequences, also those that set a title or the clipboard, are written out."""
    action = RunCommand(argv=("printf", "a\\033]52;c;eA==\\007b\\r\\n\\xe2\\x80\\xaec"))
    outcome = await world.desk.perform(action, decision(action), world.at)

    assert outcome.text.splitlines()[0] == "a⟨U+001B⟩]52;c;eA==⟨U+0007⟩b"
    assert outcome.text.splitlines()[-2] == "⟨U+202E⟩c"


@posix_only
@pytest.mark.parametrize("level", ["none", *LEVELS])
async def test_a_command_sees_what_was_changed_in_the_editor(own_home: Path, level: str) -> None:
    """C2: an edit of an open document waits in its buffer for the user to save it, and tests are run meanwhile."""
    root = own_home / "edited" / "root"
    root.mkdir(parents=True)
    (root / "a.py").write_text("a = 1\n", encoding="utf-8")
    world = await make_world(own_home / "edited", sandbox=sandbox_of(level), editor=OpenDocuments(root / "a.py"))
    assert (await world.desk.perform(WRITE, decision(WRITE), world.at)).ok
    action = RunCommand(line="cat a.py; cp a.py b.py")
    outcome = await world.desk.perform(action, decision(action), world.at)
    await world.journal.close()

    sees = level != "none"
    said = "as in the editor, where they are not saved" if sees else "as saved, older than in the editor"
    seen = f"a = {2 if sees else 1}\n"
    assert outcome.text.startswith(f"{seen}[exit code 0")
    assert outcome.text.endswith(f"[the command saw these files {said}: a.py]")
    assert (root / "a.py").read_text(encoding="utf-8") == "a = 1\n"
    assert (root / "b.py").read_text(encoding="utf-8") == seen
    assert outcome.metadata["changed_files"] == ["b.py"]


@posix_only
@pytest.mark.parametrize("kind", ["tests", "command"])
async def test_what_an_agent_changed_is_saved_before_something_runs(own_home: Path, kind: str) -> None:
    """C2: what runs sees the disk; the save is the agent's edit, and no change of the command's."""
    root = own_home / "edited" / "root"
    root.mkdir(parents=True)
    (root / "a.py").write_text("a = 1\n", encoding="utf-8")
    editor = OpenDocuments(root / "a.py", saves=True)
    world = await make_world(own_home / "edited", editor=editor)
    assert (await world.desk.perform(WRITE, decision(WRITE), world.at)).ok
    looking, argv = RunCommand(line="cat a.py"), ("cat", "a.py")
    action = RunTests(argv=argv) if kind == "tests" else RunCommand(argv=argv)
    world.reason = READER
    read = await world.desk.perform(looking, decision(looking, code=READER), world.at)
    saved_by_reading = list(editor.asked_to_save)
    world.reason = "test"
    outcome = await world.desk.perform(action, decision(action), world.at)
    restored = await world.restore()
    await world.journal.close()

    assert (read.text.splitlines()[0], saved_by_reading) == ("a = 1", [])
    assert (outcome.text, editor.asked_to_save) == ("a = 2\n[exit code 0; sandbox: none]", ["a.py"])
    assert outcome.metadata["changed_files"] == []
    assert (restored.skipped, (root / "a.py").read_text(encoding="utf-8")) == ((), "a = 1\n")


@posix_only
async def test_what_the_user_has_not_saved_is_said(own_home: Path) -> None:
    """C2: of tests and of git, where nothing kept back is named."""
    root = own_home / "edited" / "root"
    root.mkdir(parents=True)
    names = ("a.py", "b.py", "same.py", ".env")
    for name in names:
        (root / name).write_text("a = 1\n", encoding="utf-8")
    editor = OpenDocuments(*(root / name for name in names), saves=True)
    for name in ("b.py", ".env"):
        editor.type(root / name, "a = 3\n")
    world = await make_world(own_home / "edited", editor=editor)
    assert (await world.desk.perform(WRITE, decision(WRITE), world.at)).ok
    tests, git = RunTests(argv=("cat", "b.py")), ReadGit(args=("--version",))
    told = [await world.desk.perform(action, decision(action), world.at) for action in (tests, git)]
    await world.journal.close()

    note = "[the command saw these files as saved, older than in the editor: b.py]"
    assert [outcome.text.splitlines()[-1] for outcome in told] == [note, note]
    assert [outcome.metadata["unsaved"] for outcome in told] == [["b.py"], ["b.py"]]
    assert (root / "b.py").read_text(encoding="utf-8") == "a = 1\n"


@posix_only
async def test_what_a_command_changed_can_be_taken_back(world: World) -> None:
    (world.root / "b.txt").write_text("b\n", encoding="utf-8")
    action = RunCommand(argv=("sh", "-c", "echo changed > a.py; rm b.txt; mkdir new; echo > new/c.txt; exit 1"))
    outcome = await world.desk.perform(action, decision(action), world.at)
    restored = await world.restore()

    assert outcome.metadata["changed_files"] == ["a.py", "b.txt", "new/c.txt"]
    assert restored.skipped == ()
    assert {it.name: it.read_text(encoding="utf-8") for it in world.root.rglob("*") if it.is_file()} == {
        "a.py": "a = 1\n",
        "b.txt": "b\n",
    }


@posix_only
async def test_a_cancelled_command_leaves_a_result(world: World) -> None:
    began = world.root / "began"
    action = RunCommand(argv=("sh", "-c", f"echo > {began}; sleep 1000"))
    work = asyncio.create_task(world.desk.perform(action, decision(action), world.at))
    while not began.exists():
        await asyncio.sleep(0.01)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert await world.events("effect_intended", "effect_finished") == ["effect_intended", "effect_finished"]


@posix_only
async def test_a_command_needs_its_folder(world: World) -> None:
    for cwd in ("missing", "a.py"):
        action = RunCommand(argv=("touch", "ran"), cwd=cwd)
        outcome = await world.desk.perform(action, decision(action), world.at)
        assert outcome.error == f"There is no folder {cwd} to run a command in."


@posix_only
@pytest.mark.parametrize("level", LEVELS)
async def test_a_command_that_only_reads_is_held_to_that(own_home: Path, level: str) -> None:
    """Policy takes it for a reader; the sandbox sees to it."""
    world = await make_world(own_home / "held", sandbox=sandbox_of(level))
    world.reason = READER
    action = RunCommand(line="touch file")
    outcome = await world.desk.perform(action, decision(action, code=READER), world.at)
    await world.journal.close()

    assert not outcome.ok
    assert list(world.root.iterdir()) == []


@posix_only
async def test_tests_are_run_and_read(world: World) -> None:
    (world.root / "test_it.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self): self.fail()\n",
        encoding="utf-8",
    )
    action = RunTests(argv=(sys.executable, "-m", "unittest", "test_it"))
    outcome = await world.desk.perform(action, decision(action), world.at)

    assert not outcome.ok
    assert outcome.metadata["tests"] == {
        "passed": 1, "failed": 1, "errors": 0, "skipped": 0, "failures": ["test_b (test_it.T.test_b)"],
    }  # fmt: skip


@posix_only
async def test_git_is_asked_without_letting_the_repository_act(world: World, own_home: Path) -> None:
    """T4: hooks, pagers, file system monitors and external diffs of the repository do not run."""
    marker = own_home / "ran"
    program = own_home / "program"
    program.write_text(f"#!/bin/sh\necho > {marker}\n", encoding="utf-8")
    program.chmod(0o755)
    settings = ["core.fsmonitor", "core.pager", "diff.external", "core.editor", "diff.odd.textconv", "diff.odd.command"]
    script = "git init -q . && git add a.py && git -c user.name=a -c user.email=a@b commit -qm one"
    script += "".join(f" && git config {name} {program}" for name in settings)
    (world.root / ".gitattributes").write_text("*.py diff=odd\n", encoding="utf-8")
    setup = RunCommand(argv=("sh", "-c", script))
    assert (await world.desk.perform(setup, decision(setup), world.at)).ok
    (world.root / "a.py").write_text("a = 2\n", encoding="utf-8")

    outcomes = []
    for args in (("status", "--short"), ("diff",), ("log", "-p", "--oneline"), ("show",), ("blame", "a.py")):
        action = ReadGit(args=args)
        outcomes.append(await world.desk.perform(action, decision(action), world.at))

    assert all(outcome.ok for outcome in outcomes), [outcome.text for outcome in outcomes]
    assert "+a = 2" in outcomes[1].text
    assert not marker.exists()


def make_repository(folder: Path) -> None:
    for command in (["init", "-q", "."], ["config", "user.name", "A"], ["config", "user.email", "a@b"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


@posix_only
@pytest.mark.parametrize("level", LEVELS)
async def test_git_that_a_person_has_allowed_may_commit_but_not_arm_the_repository(own_home: Path, level: str) -> None:
    world = await make_world(own_home / "git", sandbox=sandbox_of(level))
    make_repository(world.root)
    (world.root / "a.txt").write_text("a\n", encoding="utf-8")
    world.verdict = "ask"
    lines = ["git add a.txt && git commit -qm one", "git config core.hooksPath x", "git mv a.txt .git/hooks/pre-commit"]
    outcomes = []
    for line in lines:
        action = RunCommand(line=line)
        outcomes.append(await world.desk.perform(action, await world.ask(action), world.at))
    other = RunCommand(line="sh -c 'echo > .git/new'")
    outcomes.append(await world.desk.perform(other, await world.ask(other), world.at))
    await world.journal.close()

    assert [outcome.ok for outcome in outcomes] == [True, False, False, False], [it.text for it in outcomes]
    assert "hooksPath" not in (world.root / ".git" / "config").read_text(encoding="utf-8")
    assert not (world.root / ".git" / "hooks" / "pre-commit").exists()


@posix_only
@pytest.mark.parametrize("level", LEVELS)
async def test_a_home_that_is_a_workspace_keeps_its_settings(own_home: Path, level: str) -> None:
    """What begins with a dot in a home is run, or sets up what is run, at every login."""
    home = own_home.resolve() / "users" / "me"
    (home / ".config").mkdir(parents=True)
    (home / ".bashrc").write_text("mine\n", encoding="utf-8")
    place = CommandPlace(Roots([home]), sandbox_of(level), own_home / "scratch", own_home / "artefacts", home=home)
    script = "echo x >> .bashrc; echo x > .config/new; mv .bashrc away; echo y > file; echo x >> $HOME/.bashrc"
    line = command_line(RunCommand(argv=("sh", "-c", script)))
    cwd = find_target(".", place.roots, home)
    await run_in(place, line, cwd=cwd, task_id="t", name="n", timeout_s=30)
    whole = replace(place, roots=Roots([home.parent]))
    with pytest.raises(ExecutionError, match="whole homes"):
        await run_in(whole, line, cwd=cwd, task_id="t", name="m", timeout_s=30)

    assert (home / ".bashrc").read_text(encoding="utf-8") == "mine\n"
    assert list((home / ".config").iterdir()) == []
    assert (home / "file").read_text(encoding="utf-8") == "y\n"


@pytest.mark.parametrize(("verdict", "blocked"), [("deny", True), ("ask", False)])
def test_a_refusal_has_a_record(verdict: Verdict, blocked: bool) -> None:
    """D7: of what policy has denied, and of what a person was asked about and did not want."""
    audit = refusal_of(WRITE, decision(WRITE, verdict), At("task"))

    assert audit is not None
    assert (audit.blocked, audit.requires_approval, audit.approved, audit.ok) == (blocked, not blocked, False, False)
    assert refusal_of(ReadFile(path="a.py"), decision(WRITE, verdict), At("task")) is None


async def test_a_long_file_is_read_page_by_page(world: World) -> None:
    (world.root / "long.txt").write_text("".join(f"line {n}\n" for n in range(1, 20_001)), encoding="utf-8")
    first = await world.desk.perform(ReadFile(path="long.txt"), decision(ReadFile(path="long.txt")), world.at)
    part = ReadFile(path="long.txt", start_line=5, end_line=6)
    some = await world.desk.perform(part, decision(part), world.at)

    assert first.truncated
    assert "read on with start_line=" in first.text
    assert some.text == "line 5\nline 6\n[lines 5 to 6 of 20000; read on with start_line=7]"


@posix_only
@pytest.mark.parametrize(
    "action",
    [
        WriteFile(path="sub/a.py", before_hash=content_hash(b"b = 1\n"), text="b = 2\n"),
        DeleteFile(path="sub/a.py", before_hash=content_hash(b"b = 1\n")),
        ReadFile(path="sub/a.py"),
        ListFolder(path="sub"),
        SearchFiles(query="b", path="sub"),
    ],
    ids=lambda action: action.kind,
)
async def test_a_link_that_comes_after_the_last_look_leads_nowhere(world: World, action: Action) -> None:
    """T6: what runs beside an agent may swap a folder between the decision and the touch."""
    outside, inside = world.folder / "outside", world.root / "sub"
    for folder in (outside, inside):
        folder.mkdir()
        (folder / "a.py").write_text("b = 1\n", encoding="utf-8")

    def swap() -> None:
        inside.rename(world.root / "gone")
        inside.symlink_to(outside)

    world.after_recheck.append(swap)
    outcome = await world.desk.perform(action, decision(action), world.at)

    assert (outcome.ok, outcome.text) == (False, "")
    assert outcome.error == "The path leads elsewhere than when this was allowed."
    assert (outside / "a.py").read_text(encoding="utf-8") == "b = 1\n"


async def test_an_outline_names_what_is_defined_and_shows_no_bodies(world: World) -> None:
    """C18, L1."""
    (world.root / "a.py").write_text(
        "import json\n\n\nclass A:\n    def f(self, x: int) -> str:\n        return 'secret'\n"
    )
    action = ReadFile(path="a.py", view="outline")
    outcome = await world.desk.perform(action, decision(action), world.at)

    assert outcome.ok
    assert outcome.text == "1: import json\n4: class A\n5:   def f(self, x: int) -> str"
