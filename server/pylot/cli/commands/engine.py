"""`pylot engine`: hold one model for every window of this user."""

from __future__ import annotations

import argparse
from pathlib import Path

from pylot.cli.terminal import print_lines
from pylot.engine.devices import read_build
from pylot.engine.launcher import endpoint_for
from pylot.engine.messages import ENGINE
from pylot.engine.process import EngineOptions, run_engine
from pylot.ipc.endpoint import Endpoint
from pylot.storage.directories import find_directories, make_private_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", type=Path, help="a GGUF file, loaded with default options")
    which.add_argument("--devices", action="store_true", help="write what llama.cpp can compute with, as JSON, and end")
    which.add_argument("--options", help="all options as JSON, as the language server passes them")
    parser.add_argument("--idle-seconds", type=float, default=30.0, help="stay this long without clients (default: 30)")
    parser.add_argument("--directory", type=Path, help="the private folder for the socket")
    parser.add_argument("--key", help="the name of the socket")
    parser.add_argument("--log", type=Path, help="the log file (default: discard)")
    parser.add_argument("--detach", action="store_true", help="leave the starting process")


def run(arguments: argparse.Namespace) -> int:
    """Run the engine until it is idle."""
    if arguments.devices:
        print_lines(read_build().to_json())
        return 0
    if arguments.options:
        options = EngineOptions.from_json(arguments.options)
    else:
        options = EngineOptions(model=arguments.model.absolute(), idle_seconds=arguments.idle_seconds)
    directory = make_private_folder(arguments.directory or find_directories().runtime)
    endpoint = Endpoint(ENGINE, directory, arguments.key) if arguments.key else endpoint_for(options, directory)
    return run_engine(options, endpoint, log_file=arguments.log, detach=arguments.detach)
