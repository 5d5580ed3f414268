"""`pylot index-worker`: keep the index of one workspace for every window of this user."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from pylot.index.worker.process import run_index_worker
from pylot.storage.directories import find_directories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("root", type=Path, help="the workspace's folder")
    parser.add_argument(
        "--idle-seconds", type=float, default=30.0, help="stay this long without clients (default: %(default)g)"
    )
    parser.add_argument("--directory", type=Path, help="the private folder for the socket")
    parser.add_argument("--log", type=Path, help="the log file (default: discard)")
    parser.add_argument("--detach", action="store_true", help="leave the starting process")


def run(arguments: argparse.Namespace) -> int:
    """Keep the index until nobody needs it."""
    directories = find_directories()
    if arguments.directory:
        directories = replace(directories, runtime=arguments.directory)
    return run_index_worker(
        arguments.root,
        directories,
        idle_seconds=arguments.idle_seconds,
        log_file=arguments.log,
        detach=arguments.detach,
    )
