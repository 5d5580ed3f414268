"""Questions that are answered once, answers that are used once, grants for one exact action (D1 to D5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pylot.journal.approvals import ALLOWING, ANSWER_SECONDS, CHOICES, PENDING_SECONDS, Approval, NewApproval
from pylot.journal.events import TaskCancelled
from pylot.journal.grants import ALLOW_SECONDS
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask, Status
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import JournalError

ROOT = "/home/ann/project"
DIGEST = "ab" * 32


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path, clock)
    yield journal
    await journal.close()


async def ask(journal: Journal, *, action_hash: str = DIGEST, choices: tuple[str, ...] = CHOICES) -> Approval:
    task = await journal.create_task(NewTask("Mend it", ROOT))
    await journal.claim(task.id)
    action = {"kind": "run_command", "argv": ["make"]}
    new = NewApproval(task.id, 3, "shell_exec_safe", action, action_hash, "Run make", choices, request={"detail": "x"})
    return await journal.request_approval(new)


async def test_a_question_is_a_record_that_makes_its_task_wait(journal: Journal) -> None:
    approval = await ask(journal)

    assert await journal.approvals() == [approval]
    assert (await journal.task(approval.task_id)).status is Status.WAITING
    assert [each.type for each in await journal.events(approval.task_id)][-2:] == [
        "tool_approval_requested", "task_waiting_for_approval"
    ]  # fmt: skip
    shown = approval.to_json()
    assert (shown["title"], shown["detail"], shown["risk"]) == ("Run make", "x", "medium")
    assert approval.nonce not in str(shown)


async def test_an_answer_counts_once_from_wherever_and_is_used_once(
    journal: Journal, tmp_path: Path, clock: ManualClock
) -> None:
    approval = await ask(journal)
    other = await Journal.open(tmp_path, clock)
    with pytest.raises(JournalError, match="not been allowed"):
        await journal.use_approval(approval.id, approval.nonce, DIGEST)
    await other.answer(approval.id, "once", by="terminal")

    for choice in ("deny", "once"):
        with pytest.raises(JournalError, match="answered already"):
            await journal.answer(approval.id, choice)
    with pytest.raises(JournalError, match="not what was allowed"):
        await journal.use_approval(approval.id, approval.nonce, "cd" * 32)
    with pytest.raises(JournalError, match="not what was allowed"):
        await journal.use_approval(approval.id, "guessed", DIGEST)
    await journal.use_approval(approval.id, approval.nonce, DIGEST)
    with pytest.raises(JournalError, match="done already"):
        await other.use_approval(approval.id, approval.nonce, DIGEST)
    assert await journal.approvals() == []
    await other.close()


@pytest.mark.parametrize("choice", CHOICES)
async def test_what_each_answer_says_about_the_next_time(journal: Journal, choice: str) -> None:
    approval = await journal.answer((await ask(journal)).id, choice)

    assert approval.allows == (choice in ALLOWING)
    inside = await journal.grants_for(ROOT, approval.task_id)
    other_task = await journal.grants_for(ROOT, "task-other")
    elsewhere = await journal.grants_for("/elsewhere", "task-other")
    expected = {"task": (1, 0, 0), "workspace": (1, 1, 0), "user": (1, 1, 1), "deny_always": (1, 1, 1)}
    assert (len(inside), len(other_task), len(elsewhere)) == expected.get(choice, (0, 0, 0))
    if not approval.allows:
        with pytest.raises(JournalError):
            await journal.use_approval(approval.id, approval.nonce, DIGEST)


async def test_a_denial_keeps_its_comment(journal: Journal) -> None:
    """The model reads why (A12, D3)."""
    answered = await journal.answer((await ask(journal)).id, "deny", "use make test instead", "editor")

    assert (answered.choice, answered.comment, answered.answered_by) == ("deny", "use make test instead", "editor")


async def test_a_later_denial_beats_what_was_allowed(journal: Journal) -> None:
    await journal.answer((await ask(journal)).id, "user")
    await journal.answer((await ask(journal)).id, "deny_always")

    assert [grant.effect for grant in await journal.grants_for(ROOT, "task-other")] == ["deny", "allow"]


async def test_only_what_was_offered_can_be_answered(journal: Journal) -> None:
    approval = await ask(journal, choices=("once", "deny"))

    for choice in ("user", "yes", ""):
        with pytest.raises(JournalError, match="must be one of: once, deny"):
            await journal.answer(approval.id, choice)
    with pytest.raises(JournalError, match="no such approval"):
        await journal.answer("ask-none", "once")


async def test_an_answer_needs_the_whole_id(journal: Journal) -> None:
    """A question that an editor asked is not answered by a slip of another one (D5)."""
    approval = await ask(journal)

    for end in (3, 8, len(approval.id) - 1):
        with pytest.raises(JournalError, match="no such approval"):
            await journal.answer(approval.id[:end], "once")
    assert (await journal.approval(approval.id)).status == "pending"


async def test_who_types_an_id_may_leave_out_its_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("ask-1234a", "ask-1234ab", "ask-5678ab")
    for each in ids:
        monkeypatch.setattr("pylot.journal.approvals.new_id", lambda kind, given=each: given)
        await ask(journal)

    for typed, found in (("ask-5678", ids[2]), (ids[0], ids[0]), (ids[1], ids[1])):
        assert (await journal.find_approval(typed)).id == found
    for typed, problem in (("ask-567", "first 8"), ("ask-1234", "Several"), ("ask-none", "no such approval")):
        with pytest.raises(JournalError, match=problem):
            await journal.find_approval(typed)


async def test_grants_show_their_use_end_and_can_be_revoked(journal: Journal, clock: ManualClock) -> None:
    approval = await journal.answer((await ask(journal)).id, "workspace")
    [grant] = await journal.grants()
    clock.advance(5)
    await journal.use_grant(grant.id, approval.task_id)

    [used] = await journal.grants()
    assert (used.uses, used.last_used, used.title) == (1, clock.now, "Run make")
    await journal.revoke(grant.id, by="terminal")
    assert await journal.grants() == []
    for attempt in (journal.revoke(grant.id), journal.use_grant(grant.id, approval.task_id)):
        with pytest.raises(JournalError, match="no longer"):
            await attempt
    await journal.answer((await ask(journal)).id, "user")
    await journal.answer((await ask(journal)).id, "deny_always")
    journal.grant_seconds = lambda: 10 * ALLOW_SECONDS
    await journal.answer((await ask(journal)).id, "user")
    clock.advance(ALLOW_SECONDS + 1)
    assert [each.effect for each in await journal.grants()] == ["allow", "deny"]
    clock.advance(9 * ALLOW_SECONDS)
    assert [each.effect for each in await journal.grants()] == ["deny"]


async def test_neither_questions_nor_answers_hold_for_ever(journal: Journal, clock: ManualClock) -> None:
    old, allowed = await ask(journal), await ask(journal)
    await journal.answer(allowed.id, "once")
    clock.advance(ANSWER_SECONDS + 1)
    with pytest.raises(JournalError, match="too long ago"):
        await journal.use_approval(allowed.id, allowed.nonce, DIGEST)
    clock.advance(PENDING_SECONDS)

    assert await journal.approvals() == []
    with pytest.raises(JournalError, match="too old"):
        await journal.answer(old.id, "once")


async def test_nothing_is_asked_any_more_for_a_task_that_is_over(journal: Journal) -> None:
    approval = await ask(journal)
    await journal.append(approval.task_id, TaskCancelled())

    assert await journal.approvals() == []
    with pytest.raises(JournalError, match="no longer asked"):
        await journal.answer(approval.id, "once")


async def test_who_waits_hears_an_answer_from_another_process(
    journal: Journal, tmp_path: Path, clock: ManualClock
) -> None:
    approval = await ask(journal)
    following = asyncio.create_task(journal.follow())
    waiting = asyncio.create_task(journal.answered(approval.id))
    other = await Journal.open(tmp_path, clock)
    await other.answer(approval.id, "task", by="terminal")

    async with asyncio.timeout(10):
        assert (await waiting).choice == "task"
    following.cancel()
    await other.close()


async def test_who_waits_hears_an_answer_that_comes_while_it_looks(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = await ask(journal)
    look = journal.approval

    async def look_slowly(approval_id: str) -> Approval:
        seen = await look(approval_id)
        if seen.status == "pending":
            await journal.answer(approval_id, "once")
        return seen

    monkeypatch.setattr(journal, "approval", look_slowly)
    async with asyncio.timeout(10):
        assert (await journal.answered(approval.id)).choice == "once"
