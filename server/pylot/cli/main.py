"""The `pylot` command: one visible table of commands, each loaded only when it is used."""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import sys
from collections.abc import Sequence
from types import ModuleType

from pylot import __version__
from pylot.cli.terminal import print_sentence
from pylot.kernel.errors import PylotError
from pylot.kernel.stories import refusal

COMMANDS = {
    "lsp": "Run the language server on stdin and stdout; editors start this.",
    "acp": "Run the agents for an editor that speaks the Agent Client Protocol on stdin and stdout.",
    "complete": "Complete at one place of a file and say where the text came from.",
    "demo": "Show ghost text appearing in a real file, typed through the real language server.",
    "agent": "Let an agent do a task that asks before it acts; list, show, stop and go on with tasks.",
    "approvals": "Show and answer what agents ask; revoke what was allowed or denied for good.",
    "trust": "Say that you trust a folder, so that agents follow it; list whom you trust, take it back.",
    "tools": "List what agents can call and who may call it; accept tools that have changed.",
    "search": "Ask where in the workspace something is done.",
    "commit-message": "Write a message for what is staged in git.",
    "parse": "Say what a file of code holds: definitions, imports, scopes, complexity and errors.",
    "map": "Outline a workspace: its most important definitions, in as many tokens as you like.",
    "index": "Bring the index of a workspace up to date and say what is in it.",
    "doctor": "Say on one screen what is set up, what is not, and the next step.",
    "status": "Show the running engines and index workers, and what they are doing.",
    "bench": "Measure ghost text on this machine, beside llama-server and llama-cpp-python.",
    "models": "List, choose, fetch, examine or remove models, and preview what would be sent to them.",
    "eval": "Measure models on your own code: how much is right, how much is shown, how fast.",
    "config": "Show, check, locate or create the configuration.",
    "engine": "Run the process that holds a model; the language server starts it by itself.",
    "index-worker": "Run the process that keeps a workspace's index; the language server starts it by itself.",
}

# What a command that has verbs does without one.
ALONE = {"agent": "tasks", "approvals": "list", "tools": "list", "models": "list", "config": "show"}


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all commands, or with the arguments of `only` one of them."""
    parser = argparse.ArgumentParser(
        prog="pylot",
        description="A private code copilot: ghost text in any LSP editor, from a model on your own machine.",
        epilog="`pylot COMMAND --help` tells more about each command.",
    )
    parser.add_argument("--version", action="version", version=f"pylot {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        alone = f"Without more it is `pylot {name} {ALONE[name]}`." if name in ALONE else None
        command = commands.add_parser(name, help=summary, description=summary, epilog=alone)
        if only in (None, name):
            _module(name).add_arguments(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 not done, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    if arguments == [name] and name in ALONE:
        arguments.append(ALONE[name])
    _make_output_forgiving()
    # Loading one command only keeps `pylot lsp` quick to start.
    parsed = build_parser(name or "").parse_args(arguments)
    try:
        return int(_module(parsed.command).run(parsed))
    except PylotError as error:
        print_sentence(error.sentence)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except OSError as error:
        print_sentence(_sentence(error))
        return 1


def _make_output_forgiving() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal's encoding lacks, or a file's name that is no text, is written as an escape.
            stream.reconfigure(errors="backslashreplace")
    # Python would write warnings to stderr where nobody takes them; what the user should know is a sentence.
    if not (root := logging.getLogger()).handlers:
        root.addHandler(logging.NullHandler())


def _sentence(error: OSError) -> str:
    """Return one sentence about a disk or a file that does not do what it should."""
    if error.filename:
        return f"{error.filename}: {refusal(error)}."
    if isinstance(error, FileNotFoundError):
        # What names no file asked where it is.
        return "The folder that you are in is gone."
    return f"The system refuses: {refusal(error)}."


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"pylot.cli.commands.{command.replace('-', '_')}")
