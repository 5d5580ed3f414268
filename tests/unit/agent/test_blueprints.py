"""Agents are blueprints in the configuration (A20)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pylot.agent.blueprints import READING_TOOLS, AgentsSettings
from pylot.kernel.errors import ConfigError


def test_what_a_user_says_of_a_shipped_agent_changes_only_that() -> None:
    agents = AgentsSettings.model_validate({"main": {"limits": {"iterations": 3}}})

    assert agents.main == AgentsSettings().main.model_copy(
        update={"limits": AgentsSettings().main.limits.model_copy(update={"iterations": 3})}
    )


def test_an_agent_of_ones_own_reads_and_does_nothing_else_unless_told() -> None:
    agents = AgentsSettings.model_validate({"reviewer": {"description": "Reviews."}, "main": {"tools": ["reviewer"]}})

    assert agents.blueprint("reviewer").tools == READING_TOOLS
    assert agents.delegates(agents.main) == ("reviewer",)


@pytest.mark.parametrize("values", [{"Bad Name": {}}, {"mine": {"tool": []}}, {"mine": 3}, {"main": {"limits": 3}}])
def test_what_cannot_be_an_agent_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AgentsSettings.model_validate(values)


def test_an_unknown_agent_is_named() -> None:
    with pytest.raises(ConfigError, match=r"There is no agent 'nobody'; there are main, coder\."):
        AgentsSettings().blueprint("nobody")
