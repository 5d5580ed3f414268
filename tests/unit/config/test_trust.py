"""Whom the user trusts stands in their own file, whose other lines stay as they are (M3, T8)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pylot.config.trust import with_trusted, without_trusted
from pylot.kernel.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "names"),
    [
        ("", []),
        ("# mine\n[log]\nlevel = 'debug'  # so\n", []),
        ("[workspace]\nexclude = ['a']\n", []),
        ("[workspace]\ntrusted = [\n  '/one',  # work\n]\n", ["/one"]),
        ("workspace.trusted = ['~/one', '/two']\n", ["~/one", "/two"]),
        ("[workspace]\ntrusted = '/one, /two'\n", ["/one", "/two"]),
    ],
)
def test_a_folder_is_added_and_taken_back(tmp_path: Path, before: str, names: list[str]) -> None:
    added = with_trusted(before, tmp_path)
    assert tomllib.loads(added)["workspace"]["trusted"] == [*names, str(tmp_path.resolve())]

    taken = tomllib.loads(without_trusted(added, tmp_path))
    assert taken["workspace"].pop("trusted") == names
    assert taken["workspace"] == {
        name: value for name, value in tomllib.loads(before).get("workspace", {}).items() if name != "trusted"
    }
    assert without_trusted(before, tmp_path) == before


def test_links_and_the_home_are_seen_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to("one")

    assert str(tmp_path.resolve() / "one") in with_trusted("", tmp_path / "link")
    assert tomllib.loads(without_trusted("workspace.trusted = ['~/one']", tmp_path / "link")) == {
        "workspace": {"trusted": []}
    }


@pytest.mark.parametrize(
    ("text", "folder", "sentence"),
    [
        ("", "/", "holds everything of yours"),
        ("", "~", "holds everything of yours"),
        ("", "~/nowhere", "is no folder"),
        ("[workspace", "~/one", "no valid TOML"),
        ("workspace = 3", "~/one", "by hand"),
    ],
)
def test_what_cannot_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, folder: str, sentence: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "one").mkdir()

    with pytest.raises(ConfigError, match=sentence):
        with_trusted(text, Path(folder).expanduser())
