"""The recipe's steps as commands; each loads its libraries only when it runs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from training.paths import Workplace

if TYPE_CHECKING:
    from training.recipe import Recipe

_REPOSITORY = Path(__file__).parents[2]


def data(arguments: argparse.Namespace) -> None:
    """Fetch the pinned packages and make the corpus of them."""
    from training.data.corpus import build_corpus
    from training.data.fetch import fetch_packages
    from training.data.sources import read_sources
    from training.data.table import write_table

    work, sources = Workplace(arguments.work), read_sources()
    fetch_packages(sources, work.packages, _say)
    rows = build_corpus(sources, work, _say)
    if arguments.table:
        write_table(rows, arguments.table)
    _say(f"{sum(row.characters for row in rows) / 1e6:.0f} million characters from {len(rows)} projects")


def pack(arguments: argparse.Namespace) -> None:
    """Write a smaller, compressed corpus for a machine that only so many bytes can be carried to."""
    from training.data.packing import pack_corpus

    size = pack_corpus(Workplace(arguments.work), Workplace(arguments.to), arguments.characters * 1e6)
    _say(f"{arguments.to}: {size / 1e6:.1f} MB")


def tokenizer(arguments: argparse.Namespace) -> None:
    """Train the tokenizer of new runs."""
    from training.data.documents import read_corpus
    from training.tokenizer import train_tokenizer

    work, recipe = Workplace(arguments.work), _recipe(arguments)
    documents = read_corpus(work.corpus, held_out=False)
    trained = train_tokenizer(documents, recipe.shape.vocabulary, recipe.seed, work.tokenizer)
    texts = [document.text for document in read_corpus(work.corpus, held_out=True)]
    n_tokens = sum(map(len, trained.encode(texts)))
    _say(
        f"{trained.vocabulary_size} tokens; {sum(map(len, texts)) / n_tokens:.2f} characters per token of held-out code"
    )


def train(arguments: argparse.Namespace) -> None:
    """Begin a run, or go on with it."""
    from training.run.launch import train as train_run
    from training.run.trainer import RunOptions
    from training.schedule import parse_amount

    recipe, work, device = _recipe(arguments), Workplace(arguments.work), _device(arguments)
    budget, name = arguments.budget or recipe.budget, arguments.run or recipe.name
    options = RunOptions(
        folder=work.run(name),
        budget=None if budget == "open" else parse_amount(budget),
        slice_seconds=arguments.slice_seconds,
        report_seconds=arguments.report_seconds,
        compiled=not arguments.no_compile,
        device=device,
    )
    n_processes = arguments.processes or (_processes(recipe.common_windows) if device == "cpu" else 1)
    train_run(
        recipe, work, options,
        n_processes=n_processes, rank=arguments.rank, from_gguf=arguments.from_gguf,
        arguments=_others_arguments(arguments, recipe.name, name, n_processes),
    )  # fmt: skip


def _others_arguments(arguments: argparse.Namespace, recipe: str, run: str, n_processes: int) -> list[str]:
    """Return what makes another process join this run; the leader tells it the rest."""
    joined = ["train", "--work", str(arguments.work), "--recipe", recipe, "--run", run, "--device", "cpu"]
    return [*joined, "--processes", str(n_processes), *(["--no-compile"] if arguments.no_compile else [])]


def export(arguments: argparse.Namespace) -> None:
    """Write the GGUF file of a run's last checkpoint and test it."""
    from training.export.export import export as export_run

    recipe, work = _recipe(arguments), Workplace(arguments.work)
    folder = work.run(arguments.run or recipe.name)
    export_run(recipe, work, folder, arguments.checkpoint or folder.checkpoint, arguments.type, _say)


def evaluate(arguments: argparse.Namespace) -> None:
    """Complete held-out lines with model files and print the figures."""
    from training.data.documents import read_corpus
    from training.evaluation.cases import make_cases
    from training.evaluation.lines import complete_all
    from training.evaluation.report import figures, table
    from training.export.llama import LlamaFile

    recipe, work = _recipe(arguments), Workplace(arguments.work)
    folder = work.run(arguments.run or recipe.name)
    models = arguments.models or sorted(folder.root.glob("*.gguf"))
    cases = make_cases(list(read_corpus(work.corpus, held_out=True)), arguments.cases)
    found = {f"{path.parent.name}/{path.stem}": figures(complete_all(LlamaFile(path), cases)) for path in models}
    for name, of_model in found.items():
        if name.startswith(f"{folder.root.name}/"):
            folder.figures.write_text(json.dumps(of_model, indent=1) + "\n", encoding="utf-8")
    _say(table(found) if found else f"There is no model in {folder.root}: export one first, or name files.")


def everything(arguments: argparse.Namespace) -> None:
    """Run the whole recipe; steps whose result is there are not run again."""
    work = Workplace(arguments.work)
    if not work.corpus.exists():
        data(arguments)
    if not work.tokenizer.exists():
        tokenizer(arguments)
    train(arguments)
    export(arguments)
    evaluate(arguments)
    # Once more, so that the file's card holds the figures.
    export(arguments)


def parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m training`."""
    top = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    steps = top.add_subparsers(required=True, metavar="STEP")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--work", type=Path, default=_REPOSITORY / ".training", help="folder for everything that is made"
    )
    shared.add_argument("--recipe", help="hour, cpu, gpu or smoke; the default is what the machine has")
    shared.add_argument("--run", help="name of the run; the recipe's by default")
    for name, do, add in (
        ("data", data, (_data_options,)),
        ("pack", pack, (_pack_options,)),
        ("tokenizer", tokenizer, ()),
        ("train", train, (_train_options,)),
        ("export", export, (_export_options,)),
        ("evaluate", evaluate, (_evaluate_options,)),
        ("all", everything, (_data_options, _train_options, _export_options, _evaluate_options)),
    ):
        step = steps.add_parser(name, parents=[shared], help=do.__doc__)
        step.set_defaults(do=do)
        for add_options in add:
            add_options(step)
    return top


def _data_options(step: argparse.ArgumentParser) -> None:
    step.add_argument("--table", type=Path, help="also write the data table as Markdown")


def _pack_options(step: argparse.ArgumentParser) -> None:
    step.add_argument("--to", type=Path, required=True, help="folder to use as --work on the other machine")
    step.add_argument("--characters", type=float, default=250.0, help="millions of characters to train on")


def _train_options(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--budget", help="`10 hours`, `40M` (tokens), or `open` until a file `decay` is put into the run's folder"
    )
    step.add_argument("--slice-seconds", type=float, help="stop after so long, to go on another time")
    step.add_argument("--report-seconds", type=float, default=150.0)
    step.add_argument("--from-gguf", type=Path, help="begin a new run with the weights of a file of this recipe")
    step.add_argument("--device", help="cpu or cuda; the default is what the machine has")
    step.add_argument("--processes", type=int, help="processes of one thread each, on CPU")
    step.add_argument("--no-compile", action="store_true")
    step.add_argument("--rank", type=int, help=argparse.SUPPRESS)


def _export_options(step: argparse.ArgumentParser) -> None:
    step.add_argument("--checkpoint", type=Path, help="another checkpoint than the run's last")
    step.add_argument("--type", choices=("Q8_0", "F16"), default="Q8_0")


def _evaluate_options(step: argparse.ArgumentParser) -> None:
    step.add_argument("--models", type=Path, nargs="*", help="GGUF files; the run's own by default")
    step.add_argument("--cases", type=int, default=400, help="held-out lines per language")


def _recipe(arguments: argparse.Namespace) -> Recipe:
    from training.recipe import read_recipe

    return read_recipe(arguments.recipe or ("gpu" if _has_gpu() else "cpu"))


def _device(arguments: argparse.Namespace) -> str:
    return arguments.device or ("cuda" if _has_gpu() else "cpu")


def _has_gpu() -> bool:
    if find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def _processes(n_windows: int) -> int:
    """Return how many processes can share a batch evenly."""
    return max(size for size in range(1, (os.cpu_count() or 1) + 1) if n_windows % size == 0)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(given: Sequence[str]) -> None:
    """Run the step that the arguments name; raises TrainingError."""
    arguments = parser().parse_args(given)
    arguments.do(arguments)
