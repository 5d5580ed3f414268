"""Whom the user trusts: a person says so, in front of an editor or a terminal, and can take it back (T8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pylot.app.agent_client import AgentClient
from pylot.app.configuration import Configuration
from pylot.app.user_file import change_user_file
from pylot.config.trust import with_trusted, without_trusted
from pylot.kernel.errors import ConfigError
from pylot.kernel.shown_text import visible

TRUST = "Trust this folder"
TRUST_BUTTON = f"{TRUST}…"
"""What leads to the question whether they do."""
TRUST_CHOICE = "trust"
"""What the user may choose beside the answers where a question is asked because a folder is not trusted."""


class Trusting:
    """The folders that the user trusts, as their own file in the folder `config` names them.

    `folders` are those of the window. Nothing here may be within reach of a tool of an agent's.
    """

    def __init__(self, config: Path, configuration: Configuration, folders: Callable[[], Sequence[Path]]) -> None:
        self._config = config
        self._configuration = configuration
        self._folders = folders

    @property
    def untrusted(self) -> tuple[Path, ...]:
        """The folders of the window that the user does not trust."""
        return tuple(folder for folder in self._folders() if not self._configuration.trusts(folder))

    @property
    def trusted(self) -> tuple[Path, ...]:
        """The folders of the window that the user trusts."""
        return tuple(folder for folder in self._folders() if self._configuration.trusts(folder))

    def of_window(self, folder: Path | None, *, trusted: bool) -> list[Path]:
        """Return a folder of the window, or all without one, as far as it is trusted or not.

        Raises ConfigError for one that is not of the window.
        """
        all_of_them = self.trusted if trusted else self.untrusted
        if folder is None:
            return list(all_of_them)
        wanted = folder.resolve()
        if wanted not in [each.resolve() for each in self._folders()]:
            raise ConfigError("Only a folder of this window can be trusted in it; `pylot trust` takes any.")
        return [each for each in all_of_them if each.resolve() == wanted]

    async def ask(self, client: AgentClient, folders: Sequence[Path]) -> bool:
        """Ask the user whether they trust folders, and do so; false when they do not, or cannot be asked.

        Raises ConfigError when their file cannot be changed.
        """
        for folder in folders:
            if not await client.ask_yes(question_about(folder), TRUST):
                return False
            await self.trust(folder)
        return True

    async def trust(self, folder: Path) -> None:
        """Write that the user trusts a folder and what is below it, which holds at once.

        Raises:
            ConfigError: the file cannot be changed, the folder is too large a one, or another layer names others.
        """
        if self._configuration.trusts(folder):
            return
        await self._change(lambda text: with_trusted(text, folder))
        if not self._configuration.trusts(folder):
            raise ConfigError(
                f"{folder} stands in your own file now, but workspace.trusted is set outside of it as well, which wins."
            )

    async def revoke(self, folder: Path) -> None:
        """Write that the user trusts a folder no longer, which holds at once.

        Raises:
            ConfigError: it is not trusted, or by a folder above it or another layer, or the file cannot be changed.
        """
        if not self._configuration.trusts(folder):
            raise ConfigError(f"{folder} is not trusted.")
        await self._change(lambda text: without_trusted(text, folder))
        if (still := self._trusted_as(folder)) is not None:
            raise ConfigError(f"{folder} is still trusted, because workspace.trusted names {still}.")

    def to_json(self) -> dict[str, Any]:
        """Return the folders of the window, each `{path, trusted}`, and all folders that are trusted."""
        return {
            "folders": [
                {"path": str(folder), "trusted": self._configuration.trusts(folder)} for folder in self._folders()
            ],
            "trusted": [str(folder) for folder in self._configuration.trusted],
        }

    def _trusted_as(self, folder: Path) -> Path | None:
        return next((above for above in self._configuration.trusted if folder.resolve().is_relative_to(above)), None)

    async def _change(self, change: Callable[[str], str]) -> None:
        await asyncio.to_thread(change_user_file, self._config, change)
        self._configuration.reload()


def question_about(folder: Path) -> str:
    """Return what a person is asked before they trust a folder."""
    where = visible(str(folder), line_ends=False)
    return (
        f"Do you trust what is in {where}? Then agents follow its instruction files, your rules and "
        "remembered answers hold there, and its .pylot/pylot.toml may narrow your settings."
    )
