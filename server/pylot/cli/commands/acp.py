"""`pylot acp`: the agents for editors that speak the Agent Client Protocol, on stdin and stdout."""

from __future__ import annotations

import argparse
import importlib.util

from pylot.app.client import Client
from pylot.app.logs import start_logging
from pylot.app.session import Session
from pylot.kernel.errors import ConfigError
from pylot.storage.directories import find_directories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a setting; may be repeated"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until the editor leaves."""
    if importlib.util.find_spec("acp") is None:
        raise ConfigError("`pylot acp` needs an extra that is not installed: install pylot[acp].")
    from pylot.acp.server import run_stdio

    directories = find_directories()
    start_logging(directories.log, "acp", "info")

    def new_session(client: Client) -> Session:
        return Session(client, directories=directories, overrides=arguments.set)

    return run_stdio(new_session)
