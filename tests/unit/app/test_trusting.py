"""A person trusts a folder and takes it back, and it holds at once (T8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.app.agent_client import NobodyThere
from pylot.app.configuration import Configuration
from pylot.app.trusting import Trusting
from pylot.config.sources import WORKSPACE_FILE, Sources
from pylot.kernel.errors import ConfigError
from tests.support.recording_client import RecordingClient


class Person(NobodyThere):
    """Say yes to the first questions, as many as there are answers for, and no to the rest."""

    def __init__(self, n_yes: int) -> None:
        self.n_yes = n_yes
        self.asked: list[str] = []

    async def ask_yes(self, question: str, yes: str) -> bool:
        self.asked.append(question)
        return len(self.asked) <= self.n_yes


def folders(tmp_path: Path) -> tuple[Path, Path]:
    roots = tmp_path.resolve() / "one", tmp_path.resolve() / "two"
    for root in roots:
        (root / WORKSPACE_FILE).parent.mkdir(parents=True)
        (root / WORKSPACE_FILE).write_text("[completion]\nenabled = false\n", encoding="utf-8")
    return roots


def window(tmp_path: Path, roots: tuple[Path, ...], **environ: str) -> tuple[Trusting, Configuration]:
    config = tmp_path / "config"
    configuration = Configuration(Sources(config, roots, environ=environ), RecordingClient())
    return Trusting(config, configuration, lambda: roots), configuration


async def test_a_yes_holds_at_once_and_whoever_applies_settings_hears_of_it(tmp_path: Path) -> None:
    one, two = folders(tmp_path)
    trusting, configuration = window(tmp_path, (one, two))
    person = Person(1)

    assert not await trusting.ask(person, trusting.untrusted)
    assert [str(one) in person.asked[0], str(two) in person.asked[1]] == [True, True]
    assert (trusting.trusted, trusting.untrusted) == ((one,), (two,))
    assert not configuration.settings.as_dict()["completion"]["enabled"]
    assert [configuration.reload_if_changed(), configuration.reload_if_changed()] == [True, False]

    await trusting.revoke(one)
    assert trusting.trusted == ()
    assert configuration.settings.as_dict()["completion"]["enabled"]
    assert configuration.reload_if_changed()


async def test_where_nobody_can_be_asked_nothing_is_trusted(tmp_path: Path) -> None:
    trusting, _ = window(tmp_path, folders(tmp_path))

    assert not await trusting.ask(NobodyThere(), trusting.untrusted)
    assert trusting.trusted == ()
    assert not (tmp_path / "config").exists()


async def test_what_other_layers_say_is_said(tmp_path: Path) -> None:
    one, two = folders(tmp_path)
    trusting, _ = window(tmp_path, (one, two), PYLOT_WORKSPACE__TRUSTED=str(one))
    with pytest.raises(ConfigError, match="set outside of it as well, which wins"):
        await trusting.trust(two)
    with pytest.raises(ConfigError, match=f"still trusted, because workspace.trusted names {one}"):
        await trusting.revoke(one)
    with pytest.raises(ConfigError, match="is not trusted"):
        await trusting.revoke(two)
    with pytest.raises(ConfigError, match="Only a folder of this window"):
        trusting.of_window(tmp_path, trusted=False)


async def test_a_folder_below_one_that_is_trusted_is_trusted(tmp_path: Path) -> None:
    one, _ = folders(tmp_path)
    trusting, _ = window(tmp_path, (one,))
    await trusting.trust(tmp_path)

    assert trusting.trusted == (one,)
    with pytest.raises(ConfigError, match=f"still trusted, because workspace.trusted names {tmp_path.resolve()}"):
        await trusting.revoke(one)
    assert trusting.to_json() == {
        "folders": [{"path": str(one), "trusted": True}], "trusted": [str(tmp_path.resolve())]
    }  # fmt: skip
