"""`pylot tools`: what agents can call, and who may call it (C10)."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

from pylot.app.configuration import Configuration
from pylot.app.tool_list import list_tools, tool_pins
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import paint, plain, print_json, print_lines
from pylot.cli.verbs import add_verbs
from pylot.config.sources import Sources
from pylot.kernel.errors import ConfigError
from pylot.storage.directories import find_directories
from pylot.tools.settings import ToolsSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verb = add_verbs(parser)
    listing = verb("list", "list all tools, and start the servers of your own configuration for that")
    listing.add_argument("--json", action="store_true", help="write JSON, with the schemas")
    accept = verb("accept", "take the tools of a server as they are now, after they have changed")
    accept.add_argument("server", help="its name in [tools.mcp]")


def run(arguments: argparse.Namespace) -> int:
    """Do one of the verbs; exit code 1 when a tool is missing or has changed."""
    data = find_directories().data
    settings = Configuration(Sources(find_directories().config, environ=dict(os.environ)), ConsoleClient()).settings
    if arguments.verb == "accept":
        if arguments.server not in settings.section(ToolsSettings).mcp:
            raise ConfigError(f"There is no server {arguments.server} in [tools.mcp].")
        tool_pins(data).forget(f"mcp/{arguments.server}")
        print_lines(f"The tools of {arguments.server} are taken as they will be when they are next seen.")
        return 0
    found = asyncio.run(list_tools(settings, data))
    if arguments.json:
        print_json(found)
    else:
        _print_all(found)
    return 1 if found["notes"] else 0


def _print_all(found: Mapping[str, Any]) -> None:
    width = max(len(tool["id"]) for tool in found["tools"])
    for tool in found["tools"]:
        who = ", ".join(tool["agents"]) or "nobody"
        executor = paint(f"{tool['executor']:<7}", "dim")
        print_lines(f"{tool['id']:<{width}}  {executor}  {tool['description']}")
        print_lines(f"{'':<{width}}  {'':<7}  {paint(f'for {who}', 'dim')}")
    for note in found["notes"]:
        sys.stderr.write(f"{paint('note', 'yellow', sys.stderr)}  {plain(note)}\n")
