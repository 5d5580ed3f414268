"""The extension's manifest offers the server's settings as the server takes them (H17, K1, K7)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pylot import __version__
from pylot.app.sections import SECTIONS

ROOT = Path(__file__).parents[3]
MANIFEST = json.loads((ROOT / "vscode-extension" / "package.json").read_text(encoding="utf-8"))
SETTINGS: dict[str, dict[str, Any]] = {
    name: setting
    for section in MANIFEST["contributes"]["configuration"]
    for name, setting in section["properties"].items()
}
SERVER_SETTINGS = {
    name: it for name, it in SETTINGS.items() if name.split(".")[1] in ("completion", "actions", "index", "log")
}


@pytest.mark.parametrize("name", SERVER_SETTINGS)
def test_a_setting_is_the_servers_own(name: str) -> None:
    _, section, camel = name.split(".")
    key = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", camel)
    schema = SECTIONS[section].model_json_schema()["properties"][key]
    setting = SERVER_SETTINGS[name]
    same = {"minimum": "minimum", "maximum": "maximum", "enum": "enum", "type": "type"}

    assert {it: setting.get(it) for it in same} == {it: schema.get(it) for it in same}
    assert setting["default"] == schema["default"]


def test_what_vs_code_uses_of_ghost_text_and_actions_can_be_set_there() -> None:
    """What only completion lists need is left out: VS Code has ghost text (K7)."""
    there = {name.removeprefix("pylot.") for name in SETTINGS}
    left_out = {"completion.enabled", "completion.popupBudgetMs"}
    ours = {
        f"{section}.{re.sub('_([a-z])', lambda letter: letter[1].upper(), key)}"
        for section in ("completion", "actions")
        for key in SECTIONS[section].model_fields
    }

    assert ours - there == left_out


def test_no_workspace_decides_what_is_run() -> None:
    """What names a program or an address has machine scope, and counts in trusted workspaces only (K7)."""
    runs = {name for name in SETTINGS if name.split(".")[1] in ("server", "model")}

    assert {SETTINGS[name]["scope"] for name in runs} == {"machine"}
    assert set(MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) == runs
    assert MANIFEST["capabilities"]["untrustedWorkspaces"]["supported"] == "limited"


def test_the_extension_has_the_servers_version() -> None:
    assert MANIFEST["version"] == __version__
