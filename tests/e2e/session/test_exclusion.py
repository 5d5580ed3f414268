"""What Pylot must not look at reaches no model, by no way (C8, P4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.completion.values import Trigger
from tests.support.editor import Editor, Home
from tests.support.scripted_provider import ScriptedProvider, put_in
from tests.support.window import Window

# In two parts, so that no scanner takes this file for a leak.
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
CODE = "import os\n\n\ndef load_settings(path):\n    settings = read_file(path)\n    ‸\n    return settings\n"


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Window:
    provider = ScriptedProvider("settings = update(settings)")
    put_in(monkeypatch, provider)
    return Window(provider, root=tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (".env", CODE, "The file's name says that it holds secrets."),
        ("build/made.py", CODE, "The file is ignored by git."),
        ("private/notes.py", CODE, "The file is named in .pylotignore."),
        ("data.py", "\0" + CODE, "The file is not text."),
        ("large.py", "#" * (1 << 20) + CODE, "The file is larger than workspace.max_file_bytes."),
    ],
)
@pytest.mark.parametrize("trigger", list(Trigger))
async def test_an_excluded_document_gets_no_completion_and_a_reason(
    window: Window, tmp_path: Path, name: str, text: str, sentence: str, trigger: Trigger
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("build/\n", encoding="utf-8")
    (tmp_path / ".pylotignore").write_text("private/\n", encoding="utf-8")
    answer = await window.complete_new(tmp_path / name, text, trigger=trigger)

    assert (answer.suggestions, answer.reason) == ((), "excluded")
    assert window.last_trace()["sentence"].endswith(sentence)
    assert window.provider.prompts == []


async def test_excluded_documents_are_no_context_for_others(window: Window, tmp_path: Path) -> None:
    """Neither as open files nor as recent edits, and neither for the model nor for the local predictor."""
    related = "def {}(path, settings):\n    read_file(path)\n    return load_settings(settings)\n"
    for name in (".env", "secret.py"):
        uri = window.show(tmp_path / name, "x = 1\n")
        window.change(uri, f"{related.format('canary_of_excluded')}\nkey = '{SECRET}'\n")
    window.show(tmp_path / "fine.py", related.format("allowed_helper"))
    answer = await window.complete_new(tmp_path / "current.py", CODE)

    assert answer.suggestions
    assert "allowed_helper" in window.provider.seen
    assert "canary_of_excluded" not in window.provider.seen
    assert SECRET not in window.provider.seen


async def test_an_edit_with_a_secret_stays_out_when_its_file_is_closed(window: Window, tmp_path: Path) -> None:
    uri = window.show(tmp_path / "other.py", "x = 1\n")
    window.change(uri, f"x = 1\ntoken = '{SECRET}'\n")
    window.close(uri)
    await window.complete_new(tmp_path / "current.py", CODE)

    assert window.provider.prompts
    assert SECRET not in window.provider.seen


async def test_a_secret_in_the_current_file_is_masked(window: Window, tmp_path: Path) -> None:
    """The file is completed, its places stay the same, and the secret never leaves the session."""
    text = f"token = '{SECRET}'\n" + CODE
    answer = await window.complete_new(tmp_path / "current.py", text)

    assert [suggestion.start for suggestion in answer.suggestions] == [text.index("‸")]
    assert f"token = '{'x' * len(SECRET)}'" in window.provider.seen
    assert SECRET not in window.provider.seen


def test_logs_hold_no_user_code(home: Home) -> None:
    """Neither the server's nor the engine's, at the most talkative level."""
    home.configure("[engine]\nidle_seconds = 0.2\n[log]\nlevel = 'debug'\n")
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", f"canary_code = 1\ntoken = '{SECRET}'\n" + CODE)
        editor.load_model()
        for character in "settings = canary_typed(":
            editor.type(character)
            editor.ghost_texts()
        editor.notify("textDocument/didChange", {"textDocument": {"uri": "canary_bad"}, "contentChanges": "canary_bad"})
        editor.show("file:///project/.env", "canary_env = 1\n")
        editor.ghost_texts()
        engine_log = Path(editor.engine()["file"]).name
        editor.leave()
        log = "\n".join(editor.log)

    assert engine_log in home.logs()
    assert "canary" not in home.logs() + log
    assert SECRET not in home.logs() + log


async def test_a_private_key_that_is_being_edited_gets_nothing(window: Window, tmp_path: Path) -> None:
    """The gate judges what the user has, not what is left after masking."""
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    answer = await window.complete_new(tmp_path / "id.txt", f"{begin}\n{'MIIEpAIBAAKCAQEA' * 4}\n‸\n{end}\n")

    assert answer.reason == "excluded"
    assert window.provider.prompts == []


async def test_a_file_opened_again_is_judged_again(window: Window, tmp_path: Path) -> None:
    """The first version of a document may come twice, with a secret the second time."""
    related = "def helper(path, settings):\n    read_file(path)\n    return load_settings(settings)\n"
    other = window.show(tmp_path / "other.py", related)
    await window.complete_new(tmp_path / "current.py", CODE)
    window.close(other)
    window.show(tmp_path / "other.py", f"{related}canary = '{SECRET}'\n")
    await window.complete_new(tmp_path / "next.py", CODE.replace("settings", "options"))

    assert "helper" in window.provider.prompts[0].context[0].text
    assert all("canary" not in chunk.text for chunk in window.provider.prompts[1].context)


@pytest.mark.parametrize("name", ["a" * 300 + ".py", "a" * 300 + "/b.py"])
async def test_a_path_that_the_system_refuses_is_no_error(window: Window, tmp_path: Path, name: str) -> None:
    assert (await window.complete_new(tmp_path / name, CODE)).suggestions
