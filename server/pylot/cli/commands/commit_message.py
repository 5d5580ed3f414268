"""`pylot commit-message`: a message for what is staged, from the model of the role coder."""

from __future__ import annotations

import argparse
import asyncio
import sys

from pylot.app.commit_message import ProposedMessage
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import print_json, print_lines
from pylot.cli.workspace_root import add_root_argument, open_workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = 'To commit with it, after a look: git commit -e -m "$(pylot commit-message)".'
    add_root_argument(parser)
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the message."""
    message = asyncio.run(_message(arguments))
    if arguments.json:
        print_json({"message": message.text, "leftOut": message.n_left_out})
        return 0
    if message.n_left_out:
        files = "One staged file is" if message.n_left_out == 1 else f"{message.n_left_out} staged files are"
        sys.stderr.write(f"pylot: {files} excluded, so the message does not speak of them.\n")
    print_lines(message.text)
    return 0


async def _message(arguments: argparse.Namespace) -> ProposedMessage:
    session = open_workspace(arguments, ConsoleClient())
    try:
        return await session.commit_message()
    finally:
        await session.close()
