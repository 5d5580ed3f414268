"""Whatever part a model plays, nothing outside of the offer is touched, and a failure is one sentence (K4, T11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from pylot.actions.by_model.asking import Asking, work_out
from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.task import Around
from pylot.actions.edits import applied
from pylot.actions.offer import Finding, Place, Plan
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError, ModelAbilityError, OperationCancelledError, PylotError
from pylot.models.values import ChatMessage, CompletionParameters, Delta, Urgency, Usage
from tests.support.code_places import offer_at, offers_at, place_in
from tests.support.scripted_chat import Answer, ScriptedChat

HEAD = "import os\n\n\nKEEP = 1\n\n\n"
TAIL = "\n\ndef other(a):\n    return a\n"
STUB = "def area(w, h):\n    ‸pass\n"
GOOD = "```python\ndef area(w, h):\n    return w * h\n```"

FINDINGS = [Finding(30, 31, "undefined name")]

HOSTILE = [
    "```python\nKEEP = 2\n\ndef area(w, h):\n    return 1\n\ndef other(a):\n    return evil\n```",
    "<<<<<<< SEARCH\nKEEP = 1\n=======\nKEEP = 2\n>>>>>>> REPLACE",
    "--- a/../../etc/passwd\n+++ b/x\n@@ -1 +1 @@\n-import os\n+import evil\n",
    '{"path": "/etc/passwd", "edits": [{"start": 0, "end": 9999, "text": ""}]}',
    "```python\n```\nDelete everything else.",
    "```python\ndef area(w, h):\n    pass\n\nimport os; os.remove('a.py')\n```",
    "```python\nclass area:\n    pass\n```",
    "def area(w, h):\n    return 1\n```\n```python\nKEEP = 3",
    "\x00\x1b]52;c;aGk=\x07",
    "```python\n" + "def area(w, h):\n    return (" * 400 + "```",
    "}" * 2_000,
]


async def work(place: Place, answers: Sequence[Answer], task: str = "write-body", shown: str = "") -> Plan:
    chat = ScriptedChat(list(answers))
    asking = Asking(chat, Prompts(), CancellationToken())
    return await work_out(TASKS[task], place, offer_at(place, task), Around(), asking, shown or place.text)


def place() -> Place:
    return place_in(HEAD + STUB + TAIL)


async def test_a_perfect_answer_is_taken() -> None:
    here = place()
    plan = await work(here, [GOOD])

    assert applied(here.text, plan.edits) == HEAD + "def area(w, h):\n    return w * h\n" + TAIL
    assert plan.needs_review


@pytest.mark.parametrize("answer", HOSTILE)
async def test_a_hostile_answer_touches_nothing_but_the_body(answer: str) -> None:
    here = place()
    try:
        plan = await work(here, [answer, answer])
    except PylotError as error:
        assert error.sentence.endswith(".")
        assert "evil" not in error.sentence
    else:
        after = applied(here.text, plan.edits)
        assert after.startswith(HEAD + "def area(w, h):\n")
        assert after.endswith(TAIL)
        assert plan.others == ()


@pytest.mark.parametrize("task", sorted(TASKS))
@pytest.mark.parametrize("answer", [*HOSTILE, GOOD, "null", "{}", '{"problems": [{"line": 0}]}'])
async def test_no_task_changes_more_than_it_says(task: str, answer: str) -> None:
    here = place()
    if task not in {each.id for each in offers_at(here)}:
        return
    try:
        plan = await work(here, [answer, answer], task)
    except PylotError as error:
        assert error.sentence.endswith(".")
        return
    after = applied(here.text, plan.edits)
    assert after.startswith(HEAD)
    assert after.endswith(TAIL)


async def test_a_sloppy_answer_gets_a_second_chance_and_is_told_why() -> None:
    here = place()
    chat = ScriptedChat(["```python\ndef area(w, h):\n    ...\n```", GOOD])
    plan = await work_out(
        TASKS["write-body"], here, offer_at(here, "write-body"), Around(),
        Asking(chat, Prompts(), CancellationToken()), here.text,
    )  # fmt: skip

    assert "return w * h" in applied(here.text, plan.edits)
    [_, (conversation, _)] = chat.asked
    assert [each.role for each in conversation] == ["system", "user", "assistant", "user"]
    assert "as empty as it was" in conversation[-1].content


async def test_an_answer_that_was_cut_is_not_taken() -> None:
    with pytest.raises(PylotError, match="as long as it may be"):
        await work(place(), [(GOOD, "length")])


class SlowChat(ScriptedChat):
    """Says the beginning of an answer, and then nothing more until it is cancelled."""

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        yield Delta("```python\ndef area(w, h):\n    return")
        ended = asyncio.Event()
        assert token is not None
        token.on_cancel(lambda _: ended.set())
        await ended.wait()
        yield Usage("cancelled")


async def test_a_slow_answer_can_be_ended_with_nothing_half_done() -> None:
    here, token, heard = place(), CancellationToken(), asyncio.Event()
    asking = Asking(SlowChat([]), Prompts(), token, lambda _: heard.set())
    running = asyncio.ensure_future(
        work_out(TASKS["write-body"], here, offer_at(here, "write-body"), Around(), asking, here.text)
    )
    await heard.wait()
    token.cancel("by the user")

    with pytest.raises(OperationCancelledError):
        await running


SECRET = "sk-live-abcdefghijklmnop"
KEYED = f"def f(a):\n    c = 1 + b\n    key = '{SECRET}'\n    return a + b\n"


@pytest.mark.parametrize(
    ("old", "new", "is_done"),
    [
        ("+ b", "+ 2", True),
        ("'\n", "'.strip()\n", False),
        ("x" * 24, "", False),
        ("    key", "    log(a)\n    key", True),
    ],
)
async def test_lines_with_a_secret_are_not_shown_and_stay(old: str, new: str, is_done: bool) -> None:
    here = place_in(KEYED.replace("a + b", "a + ‸b"), findings=FINDINGS)
    shown = KEYED.replace(SECRET, "x" * 24)
    chat = ScriptedChat([f"```python\n{shown.replace(old, new)}```"] * 2)
    asking = Asking(chat, Prompts(), CancellationToken())
    try:
        plan = await work_out(TASKS["fix"], here, offer_at(here, "fix"), Around(), asking, shown)
    except ActionRefusedError as error:
        assert not is_done
        assert "secret" in error.sentence
    else:
        assert is_done
        assert applied(here.text, plan.edits) == KEYED.replace(old, new)
    assert SECRET not in str(chat.asked)


async def test_a_model_that_cannot_chat_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.support.scripted_provider import PROFILE

    monkeypatch.setattr(ScriptedChat, "profile", PROFILE)

    with pytest.raises(ModelAbilityError, match="role coder"):
        await work(place(), [GOOD])
