"""`pylot models pull`: say what comes from where, fetch it, and give it a name."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from pylot.app.model_shelf import Shelf
from pylot.cli.progress_bar import ProgressBar
from pylot.cli.terminal import paint, print_json
from pylot.config.toml_edit import Plain
from pylot.kernel.errors import ModelError
from pylot.models.catalogue.download import Downloaded, download
from pylot.models.catalogue.entries import KnownModel
from pylot.models.catalogue.sources import Source, hub_source, named_source


async def pull(shelf: Shelf, arguments: argparse.Namespace) -> str:
    """Fetch the model that the arguments name, unless it is here already; return its name."""
    known = shelf.known.get(arguments.model)
    if known:
        source = hub_source(known, os.environ, sha256=arguments.sha256)
    else:
        source = named_source(arguments.model, os.environ, sha256=arguments.sha256)
    name = arguments.name or (arguments.model if known else source.file_name.removesuffix(".gguf").lower())
    entry = shelf.models.catalogue.get(name)
    if entry is None or entry.file != source.file_name:
        shelf.require_free_name(name)
    say = _Saying(as_json=arguments.json)
    done = _here_already(shelf, source)
    if done is None:
        done = await _fetch(shelf, source, known, say)
        checked = "its checksum is right" if done.is_verified else f"its SHA-256 checksum is {done.sha256}"
        say(f"{name} is here; {checked}.")
    else:
        say(f"{done.path} is here already.")
    values: dict[str, Plain] = {"file": done.path.name}
    shelf.name_file(name, values | ({"card": known.card} if known else {}))
    if arguments.json:
        print_json({"name": name, "file": str(done.path), "bytes": done.n_bytes, "sha256": done.sha256})
    elif not arguments.use:
        say(f"Next: `pylot models check {name}`, then `pylot models use {name}`.")
    return str(name)


async def _fetch(shelf: Shelf, source: Source, known: KnownModel | None, say: _Saying) -> Downloaded:
    if known:
        say(f"{known.title}, about {known.megabytes} MB, licence: {known.licence}")
        if known.memory(shelf.engine.context) > shelf.free_bytes:
            say(paint("It needs more memory than is free here now.", "yellow", say.stream))
    say(f"Asking {source.host} for {source.url}")
    say(f"The file goes to {shelf.folder}.")
    bar = ProgressBar()

    def say_between(sentence: str) -> None:
        bar.end()
        say(sentence)

    try:
        return await download(source, shelf.folder, progress=bar.update, say=say_between)
    except asyncio.CancelledError:
        bar.end()
        say("Stopped; run the command again to go on from here.")
        raise
    finally:
        bar.end()


def _here_already(shelf: Shelf, source: Source) -> Downloaded | None:
    path: Path = shelf.folder / source.file_name
    model = next((model for model in shelf.local if model.path == path), None)
    if model is None or not path.exists():
        return None
    if model.header is None:
        raise ModelError(f"{model.problem.rstrip('.')}: `pylot models remove {model.name}` makes room for a good one.")
    return Downloaded(path, model.header.file_bytes, "", is_verified=False)


class _Saying:
    """Write sentences where they do not get in the way of JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self.stream = sys.stderr if as_json else sys.stdout

    def __call__(self, sentence: str) -> None:
        self.stream.write(sentence + "\n")
        self.stream.flush()
