"""`pylot config`: show, check, locate or create the configuration."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pylot.app.sections import SECTIONS
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.config.layers import Problem
from pylot.config.reference import render_reference
from pylot.config.settings import Settings, load_settings
from pylot.config.sources import USER_FILE_NAMES, Sources, read_layers
from pylot.kernel.errors import ConfigError
from pylot.storage.atomic_file import write_text
from pylot.storage.directories import find_directories

_STARTER = """\
# Your settings for Pylot; `pylot config reference` explains every key, `pylot config check` checks this file.
# A running server takes changes at once.

[completion]
# eagerness = "balanced"   # quiet, balanced or eager
# in_comments = true

# A model of your own, any GGUF file with fill-in-the-middle tokens:
# [models.roles]
# complete = "qwen"
# [models.catalogue.qwen]
# file = "~/models/qwen2.5-coder-1.5b-q4_k_m.gguf"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = {
        "show": "print the settings in force and where each comes from",
        "check": "report every problem; exit code 1 if there are any",
        "path": "print the folder of your own configuration",
        "init": "create a commented pylot.toml there",
        "reference": "print the documentation of every key",
    }
    parser.add_argument("action", choices=actions, help="; ".join(f"{name}: {text}" for name, text in actions.items()))
    parser.add_argument("--json", action="store_true", help="write JSON (show, check)")


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    folder = find_directories().config
    match arguments.action:
        case "path":
            print_lines(str(folder))
        case "init":
            return _create(folder)
        case "reference":
            sys.stdout.write(render_reference(SECTIONS))
        case "check":
            return _check(_load(folder)[1], as_json=arguments.json)
        case _:
            _show(_load(folder)[0], as_json=arguments.json)
    return 0


def _load(folder: Path) -> tuple[Settings, list[Problem]]:
    layers, problems = read_layers(Sources(folder, roots=(Path.cwd(),), environ=dict(os.environ)))
    settings, more = load_settings(SECTIONS, layers)
    return settings, [*problems, *more]


def _create(folder: Path) -> int:
    existing = next((folder / name for name in USER_FILE_NAMES if (folder / name).exists()), None)
    if existing is not None:
        print_lines(f"{existing} exists and stays as it is.")
        return 0
    file = folder / USER_FILE_NAMES[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(file, _STARTER)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from error
    print_lines(f"Created {file}.")
    return 0


def _check(problems: list[Problem], *, as_json: bool) -> int:
    if as_json:
        print_json({"problems": [problem.sentence for problem in problems]})
    else:
        lines = [paint(problem.sentence, "yellow") for problem in problems]
        print_lines(*(lines or ["The configuration is in order."]))
    return 1 if problems else 0


def _show(settings: Settings, *, as_json: bool) -> None:
    values = settings.as_dict()
    if as_json:
        print_json(values)
        return
    for name, section in values.items():
        print_lines(paint(f"[{name}]", "bold"))
        for key, value in section.items():
            origin = settings.origin((name, key))
            note = paint(f"  # {origin.value}", "dim") if origin else ""
            print_lines(f"{key} = {value!r}{note}")
        print_lines("")
