"""`pylot models preview`: to whom what would go, and why nothing; nothing is sent and nothing loaded (P3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pylot.cli.main import main
from tests.support.editor import Home

TOKEN = "gh" + "p_" + "x1Y2z3" * 6
CODE = f"KEY = '{TOKEN}'\n\ndef add(a, b):\n    ret\n\nprint(add(1, 2))\n"
SETTINGS = """
[models.roles]
complete = "mine"
[models.providers.far]
kind = "openai"
base_url = "https://models.example/v1"
remote = true
[models.providers.farther]
kind = "openai"
base_url = "https://others.example/v1"
remote = true
roles = ["complete"]
exclude_paths = ["*.sql"]
[models.logical.mine]
groups = [[{provider = "far", model = "x"}], [{provider = "farther", model = "y"}], [{model = "pylot-tiny"}]]
"""


@pytest.fixture(autouse=True)
def project(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    Home(own_home / "home").configure(SETTINGS)
    monkeypatch.chdir(tmp_path)
    for name, text in {"a.py": CODE, "b.sql": CODE, ".env": "A=1\n"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def preview(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["models", "preview", *arguments])
    return code, capsys.readouterr().out


def test_each_deployment_in_the_order_of_asking(capsys: pytest.CaptureFixture[str], own_home: Path) -> None:
    code, out = preview(capsys, "a.py:4:8", "--json")
    values: Any = json.loads(out)
    far, farther, here = values["deployments"]

    assert (code, values["role"], values["reason"]) == (0, "complete", "")
    assert [(it["deployment"], it["remote"]) for it in values["deployments"]] == [
        ("far/x", True), ("farther/y", True), ("pylot-tiny", False),
    ]  # fmt: skip
    assert 'add "complete" to models.providers.far.roles' in far["refusal"]
    assert far["sent"] is None
    assert farther["sent"] == here["sent"]
    assert farther["sent"]["head"] + farther["sent"]["tail"] == CODE[: CODE.index("ret") + 3].replace(TOKEN, "x" * 40)
    assert list((own_home / "run").glob("*.sock")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["a.py:4:8"], 0, "The same as to farther/y."),
        (["b.sql:4:8"], 0, "Nothing would be sent: farther is not sent this file: models.providers.farther."),
        (["a.py:4:8", "--role", "chat"], 0, "models.providers.farther.roles does not name it."),
        ([".env:1:1"], 1, "Nothing would be sent: This file is excluded from completion."),
        (["a.py:4:8", "--set", "completion.enabled=false"], 1, "Nothing would be sent: Suggestions are switched off"),
        (["a.py:4:6", "--automatic"], 1, "Nothing would be sent: The cursor is inside a word."),
        (["a.py:4:8", "--set", "models.roles.complete=nobody"], 1, "names the model 'nobody', but Pylot knows only"),
    ],
)
def test_what_people_read(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str) -> None:
    done, out = preview(capsys, *arguments)

    assert done == code
    assert says in out
    assert TOKEN not in out


def test_open_files_are_shown_as_context(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "other.py").write_text("def add(a, b):\n    return a + b\n" * 20)
    _, out = preview(capsys, "a.py:4:8", "--open", "other.py")

    assert "from other.py, open files" in out
