"""Which workspace somebody at a terminal means."""

from __future__ import annotations

import argparse
from pathlib import Path

from pylot.app.session import Session
from pylot.cli.console_client import ConsoleClient
from pylot.kernel.errors import ConfigError
from pylot.workspace.ignore import repository_top


def add_root_argument(parser: argparse.ArgumentParser) -> None:
    """Declare how to name another workspace than the present one."""
    parser.add_argument(
        "--root", type=Path, metavar="FOLDER", help="the workspace (default: the repository you are in)"
    )


def open_workspace(arguments: argparse.Namespace, client: ConsoleClient) -> Session:
    """Return a session whose only folder is the workspace.

    Raises:
        ConfigError: there is no such folder.
    """
    here = Path.cwd()
    root: Path = (arguments.root or repository_top(here / "file") or here).absolute()
    if not root.is_dir():
        raise ConfigError(f"{root} is no folder.")
    session = Session(client, client_debounces=True)
    session.set_folders([root])
    return session
