"""`pylot lsp`: the language server on stdin and stdout."""

from __future__ import annotations

import argparse

from pylot.app.client import Client
from pylot.app.logs import start_logging
from pylot.app.session import Session
from pylot.storage.directories import find_directories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a setting; may be repeated"
    )
    parser.add_argument("--stdio", action="store_true", help="accepted for editors that pass it; always so")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the editor leaves."""
    from pylot.lsp.server import run_stdio

    directories = find_directories()
    start_logging(directories.log, "lsp", "info")

    def new_session(client: Client, *, client_debounces: bool) -> Session:
        return Session(client, client_debounces=client_debounces, directories=directories, overrides=arguments.set)

    return run_stdio(new_session)
