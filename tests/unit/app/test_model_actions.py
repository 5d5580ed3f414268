"""Which code actions a window offers depends on what its model can do, and asking it is fenced in (K4, P1, P3)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pylot.app.code_actions import Asked, Chosen
from pylot.kernel.errors import ActionRefusedError, PylotError
from pylot.models.provider import Provider
from tests.support.scripted_chat import ScriptedChat
from tests.support.scripted_provider import ScriptedProvider, put_in
from tests.support.window import Window

STUB = "def area(w, h):\n    pass\n"
GOOD = "```python\ndef area(w, h):\n    return w * h\n```"


def window(monkeypatch: pytest.MonkeyPatch, provider: Provider, root: Path) -> Window:
    put_in(monkeypatch, provider)
    return Window(ScriptedProvider(), root=root)


async def titles(window: Window, uri: str, *, invoked: bool = True) -> dict[str, str]:
    offers = await window.session.actions.offers(uri, Asked(20, 20, invoked=invoked))
    return {offer.id: offer.refused for offer in offers if offer.is_model}


async def test_a_model_that_chats_can_do_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = window(monkeypatch, ScriptedChat([]), tmp_path)
    found = await titles(here, here.show(tmp_path / "a.py", STUB))

    assert {"write-body", "document", "explain", "review", "write-tests"} <= set(found)
    assert set(found.values()) == {""}


async def test_a_model_that_cannot_chat_fills_in_and_says_why_the_rest_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = window(monkeypatch, ScriptedProvider("return w * h"), tmp_path)
    uri = here.show(tmp_path / "a.py", STUB)
    change = await here.session.actions.work_out(Chosen(uri, 1, 20, 20, "write-body", "Write"))

    assert await titles(here, uri, invoked=False) == {"write-body": ""}
    why = "scripted cannot chat; `pylot models list` shows models that can."
    assert (await titles(here, uri))["explain"] == why
    assert [edit.text.strip() for edit in change.files[0].edits] == ["return w * h"]


async def test_a_model_that_was_never_loaded_lights_no_bulb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it can do is not known yet, so only who opens the list sees what it might."""

    class Unloaded(ScriptedChat):
        @property
        def profile(self) -> None:  # type: ignore[override]
            return None

    here = window(monkeypatch, Unloaded([]), tmp_path)
    uri = here.show(tmp_path / "a.py", STUB)

    assert await titles(here, uri, invoked=False) == {}
    assert (await titles(here, uri))["explain"] == ""


async def test_a_body_comes_through_the_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chat = ScriptedChat([GOOD])
    here = window(monkeypatch, chat, tmp_path)
    uri = here.show(tmp_path / "a.py", STUB)
    change = await here.session.actions.work_out(Chosen(uri, 1, 20, 20, "write-body", "Write"))

    assert (change.label, change.needs_review) == ("Write the body of area", True)
    [(messages, _)] = chat.asked
    assert all(message.files == (str(tmp_path / "a.py"),) for message in messages)


async def test_an_excluded_file_is_asked_about_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chat = ScriptedChat([GOOD])
    here = window(monkeypatch, chat, tmp_path)
    uri = here.show(tmp_path / ".env", STUB)
    with pytest.raises(ActionRefusedError, match="secrets"):
        await here.session.actions.work_out(Chosen(uri, 1, 20, 20, "write-body", "Write"))

    assert chat.asked == []


async def test_a_model_that_fails_is_one_sentence_and_no_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = window(monkeypatch, ScriptedChat([PylotError("The engine is gone.")]), tmp_path)
    uri = here.show(tmp_path / "a.py", STUB)

    with pytest.raises(PylotError, match="gone"):
        await here.session.actions.work_out(Chosen(uri, 1, 20, 20, "write-body", "Write"))


async def test_abstract_members_are_read_from_an_open_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = window(monkeypatch, ScriptedChat([]), tmp_path)
    here.show(tmp_path / "base.py", "class A:\n    def f(self):\n        raise NotImplementedError\n")
    uri = here.show(tmp_path / "b.py", "from base import A\n\n\nclass B(A):\n    pass\n")
    change = await here.session.actions.work_out(Chosen(uri, 1, 24, 24, "add-stubs", "Add"))

    assert not change.needs_review
    assert "def f(self):" in change.files[0].edits[0].text


@pytest.mark.parametrize("name", ["write-body/x", "add-stubs/x", "nothing", ""])
async def test_an_action_that_there_is_not_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    here = window(monkeypatch, ScriptedChat([]), tmp_path)
    uri = here.show(tmp_path / "a.py", STUB)

    with pytest.raises(ActionRefusedError, match="no such code action"):
        await here.session.actions.work_out(Chosen(uri, 1, 20, 20, name))


async def test_a_page_is_kept_for_the_user_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = window(monkeypatch, ScriptedChat(["It multiplies."]), tmp_path)
    uri = here.show(tmp_path / "a.py", STUB)
    change = await here.session.actions.work_out(Chosen(uri, 1, 20, 20, "explain", "Explain"))
    page = await here.session.actions.save_page(change)

    assert page is not None
    assert page.read_text() == "# a.py, line 1\n\nIt multiplies.\n"
    assert page.stat().st_mode & 0o077 == 0
    assert change.files == ()
    assert replace(change, page="").problems is None
