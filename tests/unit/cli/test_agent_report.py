"""Whether agents can work with the models of a configuration, as `pylot doctor` says it (A20)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.app.model_shelf import look
from pylot.cli.agent_report import describe_agents
from tests.support.editor import Home
from tests.support.random_gguf import RandomModels, Shape

CHATS = Shape(chat_template="{{ messages }}")
ENOUGH, LITTLE = "[engine]\ncontext = 16384", ""
AT_A_SERVER = (
    "[models.logical.own]\ngroups = [[{provider = 'here', model = 'q'}]]\n"
    "[models.providers.here]\nbase_url = 'http://127.0.0.1:9'"
)


@pytest.mark.parametrize(
    ("shape", "more", "expected"),
    [
        (CHATS, ENOUGH, ("good", "ask own")),
        (CHATS, LITTLE, ("note", "4,096 tokens of context")),
        (Shape(), ENOUGH, ("note", "own cannot chat")),
        ("nowhere.gguf", ENOUGH, ("note", "no model file at")),
        (None, AT_A_SERVER, ("good", "at a server that you named")),
    ],
)
def test_a_model_that_cannot_run_agents_is_noted(
    own_home: Path, random_model: RandomModels, shape: Shape | str | None, more: str, expected: tuple[str, str]
) -> None:
    file = random_model(shape) if isinstance(shape, Shape) else shape
    entry = f"[models.catalogue.own]\nfile = '{file}'\n" if file else ""
    Home(own_home / "home").configure(f"{entry}{more}\n")
    verdict, line, step = describe_agents(look(), {"action": "own"})

    assert verdict == expected[0]
    assert expected[1] in line
    assert bool(step) == (verdict == "note")
