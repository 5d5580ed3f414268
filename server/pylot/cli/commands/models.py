"""`pylot models`: which models there are, which one to use, and how to get another."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from pylot.app.model_list import list_values
from pylot.app.model_shelf import CATALOGUE, Shelf, look
from pylot.app.model_use import use_model
from pylot.app.user_file import change_user_file
from pylot.cli.model_pages import print_list, show_report
from pylot.cli.model_pull import pull
from pylot.cli.place import add_place_arguments
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.config.toml_edit import Plain, remove_key
from pylot.engine.gguf_header import read_header
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ModelError, PylotError
from pylot.models.catalogue.local import LocalModel
from pylot.models.settings import ROLES, CatalogueEntry, RoleSettings
from pylot.storage.directories import make_private_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, summary: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary)

    listing = action("list", "Show the models on this machine and those that could be fetched.")
    use = action("use", "Let a model serve ghost text, or another role.")
    use.add_argument("--role", choices=ROLES, default="complete", help="the role that it serves (complete)")
    add = action("add", "Give a model file of your own a name.")
    fetch = action("pull", "Fetch a model from the model hub or from any address.")
    fetch.add_argument(
        "model", metavar="NAME-or-URL", help="a name from the list, an address, or OWNER/REPOSITORY/FILE"
    )
    fetch.add_argument("--name", help="the name it gets here")
    fetch.add_argument("--sha256", default="", metavar="HEX", help="what the file must hash to")
    fetch.add_argument("--use", action="store_true", help="let it serve ghost text at once")
    check = action("check", "Let a model sit an exam: what is it good for, and why not?")
    preview = action("preview", "Show what would be sent for a place of a file, and to whom; nothing is sent.")
    add_place_arguments(preview)
    preview.add_argument("--role", choices=ROLES, default="complete", help="the role whose model is meant (complete)")
    remove = action("remove", "Forget a model, and delete its file if it lies in the models folder.")
    remove.add_argument("--keep-file", action="store_true", help="leave the file where it is")
    for each in (use, add, check, remove):
        each.add_argument("name", metavar="NAME")
    add.add_argument("file", metavar="FILE", type=Path)
    add.add_argument("--card", default="", help="the model card to use instead of the one that matches")
    add.add_argument("--context", type=int, default=0, help="tokens of context instead of engine.context")
    for each in (listing, fetch, check):
        each.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    if arguments.action == "preview":
        from pylot.cli.model_preview import preview

        return preview(arguments)
    shelf = look()
    match arguments.action:
        case "use":
            _use(shelf, arguments.name, arguments.role)
        case "add":
            _add(shelf, arguments)
        case "pull":
            name = asyncio.run(pull(shelf, arguments))
            if arguments.use:
                _use(look(), name, "complete")
        case "check":
            return asyncio.run(_check(shelf, arguments.name, as_json=arguments.json))
        case "remove":
            _remove(shelf, arguments.name, keep_file=arguments.keep_file)
        case _:
            if arguments.json:
                print_json(list_values(shelf))
            else:
                print_list(shelf)
    return 0


def _use(shelf: Shelf, name: str, role: str) -> None:
    notes = use_model(shelf, name, role)
    print_lines(f"{name} serves {role} from now on; a running server takes it at once.")
    for note in notes:
        print_lines(paint(note, "yellow"))


def _add(shelf: Shelf, arguments: argparse.Namespace) -> None:
    name, card = arguments.name, arguments.card
    shelf.require_free_name(name)
    if card and shelf.cards.get(card) is None:
        raise ModelError(f"There is no model card {card!r}; there are {', '.join(shelf.cards.names)}.")
    path = arguments.file.expanduser().absolute()
    header = read_header(path)
    inside = path.parent == shelf.folder.absolute()
    entry: dict[str, Plain] = {"file": path.name if inside else str(path)}
    entry |= {"card": card} if card else {}
    entry |= {"context": arguments.context} if arguments.context > 0 else {}
    shelf.name_file(name, entry)
    print_lines(f"{name} is {header.name}, {header.quantization}; `pylot models use {name}` lets it work.")


async def _check(shelf: Shelf, name: str, *, as_json: bool) -> int:
    from pylot.models.catalogue.exam import examine
    from pylot.models.door import Models

    model = shelf.require(name)
    entry = shelf.models.catalogue.get(name, CatalogueEntry(file=str(model.path)))
    alone = shelf.models.model_copy(
        update={"roles": RoleSettings(complete=name), "catalogue": {name: entry}, "logical": {}}
    )
    said: list[str] = []
    models = Models(
        alone,
        shelf.engine,
        cards=shelf.cards,
        models_directory=shelf.directories.models,
        runtime_directory=make_private_folder(shelf.directories.runtime),
        log_directory=shelf.directories.log,
        clock=SystemClock(),
        say=said.append,
    )
    try:
        report = await examine(models.provider("complete"), name, verdicts=models.verdicts, step=_tell)
    finally:
        await models.close()
    show_report(report, as_json=as_json)
    for sentence in said:
        sys.stderr.write(paint(f"pylot: {sentence}", "yellow", sys.stderr) + "\n")
    return 0 if report.is_suitable else 1


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(paint(f"{what} ...", "dim", sys.stderr) + "\n")


def _remove(shelf: Shelf, name: str, *, keep_file: bool) -> None:
    model = shelf.find(name)
    if model is None:
        raise ModelError(f"There is no model {name!r} on this machine.")
    if model.origin == "shipped":
        raise ModelError(f"{name} is a part of Pylot and stays.")
    if model.roles:
        raise ModelError(f"{name} serves {', '.join(model.roles)}: let another one do so first, `pylot models use`.")
    change_user_file(shelf.directories.config, lambda text: remove_key(text, (*CATALOGUE, name)))
    print_lines(f"{name} is forgotten.")
    if keep_file or not _may_delete(shelf, model):
        print_lines(f"Its file stays at {model.path}.")
        return
    try:
        model.path.unlink(missing_ok=True)
    except OSError as error:
        raise PylotError(f"{model.path} cannot be deleted: {error.strerror}.") from error
    print_lines(f"{model.path} is deleted.")


def _may_delete(shelf: Shelf, model: LocalModel) -> bool:
    """Tell whether a file is Pylot's to delete: in the models folder, and nobody else's."""
    others = [other for other in shelf.local if other.name != model.name and other.path == model.path]
    return not others and model.path.parent == shelf.folder
