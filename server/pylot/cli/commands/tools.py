"""`pylot tools`: what agents can call, and who may call it (C10)."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from pylot.agent.blueprints import AgentsSettings
from pylot.app.configuration import Configuration
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.config.sources import Sources
from pylot.kernel.errors import ConfigError
from pylot.storage.directories import find_directories
from pylot.tools.pins import Pins
from pylot.tools.registry import Registry
from pylot.tools.settings import ToolsSettings
from pylot.tools.spec import ToolSpec, may_call, unknown_tools


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="list all tools, and start the servers of your own configuration for that")
    listing.add_argument("--json", action="store_true", help="write JSON, with the schemas")
    accept = verbs.add_parser("accept", help="take the tools of a server as they are now, after they have changed")
    accept.add_argument("server", help="its name in [tools.mcp]")


def run(arguments: argparse.Namespace) -> int:
    """Do one of the verbs; exit code 1 when a tool is missing or has changed."""
    directories = find_directories()
    settings = Configuration(Sources(directories.config, environ=dict(os.environ)), ConsoleClient()).settings
    tools = settings.section(ToolsSettings)
    pins = Pins(directories.data / "tool-pins.json")
    if arguments.verb == "accept":
        if arguments.server not in tools.mcp:
            raise ConfigError(f"There is no server {arguments.server} in [tools.mcp].")
        pins.forget(f"mcp/{arguments.server}")
        print_lines(f"The tools of {arguments.server} are taken as they will be when they are next seen.")
        return 0
    return asyncio.run(_list(Registry(tools, pins, os.environ), settings.section(AgentsSettings), arguments))


async def _list(registry: Registry, agents: AgentsSettings, arguments: argparse.Namespace) -> int:
    try:
        await registry.load()
    finally:
        await registry.close()
    specs = registry.tools()
    notes = [*registry.notes, *unknown_tools(specs, {name: agents.blueprint(name).tools for name in agents.names()})]
    if arguments.json:
        rows = [{**spec.model_dump(mode="json"), "agents": _agents(spec, agents)} for spec in specs]
        print_json({"tools": rows, "notes": notes})
    else:
        width = max(len(spec.id) for spec in specs)
        for spec in specs:
            who = ", ".join(_agents(spec, agents)) or "nobody"
            print_lines(f"{spec.id:<{width}}  {paint(f'{spec.executor:<7}', 'dim')}  {spec.description}")
            print_lines(f"{'':<{width}}  {'':<7}  {paint(f'for {who}', 'dim')}")
        for note in notes:
            sys.stderr.write(f"{paint('note', 'yellow', sys.stderr)}  {note}\n")
    return 1 if notes else 0


def _agents(spec: ToolSpec, agents: AgentsSettings) -> list[str]:
    return [name for name in agents.names() if may_call(spec, name, agents.blueprint(name).tools)]
