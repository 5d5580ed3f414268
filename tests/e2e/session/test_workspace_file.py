"""A workspace's own file sends no code anywhere, and the user is told that it has no say (P1, P3, M1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.models.settings import BOXED_EMBEDDER
from tests.support.editor import LEAVE_AT_ONCE, Editor, Home

FAR = """
[models.providers.far]
kind = "openai"
base_url = "https://models.example/v1"
remote = true
[models.logical.mine]
groups = [[{provider = "far", model = "x"}]]
[models.roles]
complete = "mine"
"""


@pytest.mark.parametrize(
    ("is_trusted", "sentence"),
    [
        (False, "{path} is not read, because you have not said that you trust its folder: `pylot trust` does."),
        (
            True,
            "Not all of {path} is in force: models.providers, models.logical, models.roles; its problems say why.",
        ),
    ],
)
def test_a_workspace_names_no_remote_provider(home: Home, tmp_path: Path, is_trusted: bool, sentence: str) -> None:
    path = tmp_path / ".pylot" / "pylot.toml"
    path.parent.mkdir()
    path.write_text(FAR)
    home.configure(
        f"{LEAVE_AT_ONCE}[workspace]\ntrusted = ['{tmp_path.as_posix()}']\n" if is_trusted else LEAVE_AT_ONCE
    )
    with Editor() as editor:
        editor.start(workspaceFolders=[{"uri": tmp_path.as_uri(), "name": "ws"}])
        editor.show((tmp_path / "a.py").as_uri(), "import os\n\nvalues = [1, 2]\n‸\n")
        editor.ghost_texts(invoked=True)
        models = editor.command("pylot.status")["models"]
        sentences = editor.sentences()
        editor.leave()

    assert sentences == [sentence.format(path=path)]
    assert set(models["providers"]) == {"pylot-tiny"}
    assert set(models["roles"].values()) == {"pylot-tiny", BOXED_EMBEDDER}
