"""`pylot eval fim`: which model is best on this machine and this code?"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pylot.app.configuration import Configuration
from pylot.cli.console_client import ConsoleClient
from pylot.cli.eval_asker import SessionAsker
from pylot.cli.eval_page import print_calibration, print_projects, print_summaries
from pylot.cli.progress_line import ProgressLine
from pylot.cli.terminal import print_json
from pylot.config.sources import Sources
from pylot.evaluation.calibration import calibrate
from pylot.evaluation.cases import make_cases
from pylot.evaluation.contenders import ALONE, PREDICTOR, Contender, parse_contenders
from pylot.evaluation.plot import plot
from pylot.evaluation.repository import Repository
from pylot.evaluation.run import Task, make_tasks
from pylot.evaluation.run import run as ask_all
from pylot.evaluation.summary import Summary, summarize
from pylot.evaluation.values import Result
from pylot.kernel.errors import PylotError
from pylot.models.settings import ModelsSettings
from pylot.storage.directories import find_directories
from pylot.syntax.languages import canonical_language, is_known_language
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

_EXAMPLES = """\
MODELS is a list such as `qwen,pylot-tiny,predictor`:
  NAME         a model as the editor uses it, together with the local predictor
  NAME:alone   the same model without the predictor
  predictor    the local predictor without any model

Nothing is written into PATH. The same --seed takes out the same places. Ctrl-C ends early with the figures so far.
"""


@dataclass(frozen=True, slots=True)
class _Project:
    name: str
    root: Path
    tasks: list[Task]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "Take lines and blocks out of a folder's code, ask for them as an editor does, and count what is right."
    fim = actions.add_parser(
        "fim",
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fim.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a folder of code; several are kept apart")
    fim.add_argument("--models", default="", metavar="MODELS", help="who takes part (your model and the predictor)")
    fim.add_argument("--cases", type=_at_least_one, default=200, metavar="N", help="how many places per folder (200)")
    fim.add_argument("--seed", type=int, default=0, metavar="N", help="which places (0)")
    fim.add_argument("--languages", default="", metavar="NAMES", help="only these, for example python,typescript")
    fim.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw precision against the share shown")
    fim.add_argument("--calibrate", action="store_true", help="also say what the confidence of each source is worth")
    fim.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a setting")
    fim.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the figures; exit code 1 when it was interrupted before there were any."""
    configuration = _configuration(arguments)
    projects = [_project(path.absolute(), arguments, configuration) for path in arguments.paths]
    results: dict[str, list[Result]] = {}
    for contender in _contenders(arguments, configuration):
        results[contender.name] = asyncio.run(_ask(contender, projects, arguments.set))
        if len(results[contender.name]) < sum(len(project.tasks) for project in projects):
            sys.stderr.write("pylot: Interrupted; these are the figures so far.\n")
            break
    if not any(results.values()):
        return 1
    _report(arguments, [project.name for project in projects], results)
    return 0


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1 is needed")
    return number


def _configuration(arguments: argparse.Namespace) -> Configuration:
    sources = Sources(find_directories().config, environ=dict(os.environ), overrides=tuple(arguments.set))
    return Configuration(sources, ConsoleClient())


def _project(root: Path, arguments: argparse.Namespace, configuration: Configuration) -> _Project:
    configuration.set_roots([root])
    gate = ExclusionGate(Roots([root]), configuration.settings.section(WorkspaceSettings))
    repository = Repository(root, gate, languages=_languages(arguments.languages), seed=arguments.seed)
    cases = make_cases(root.name, repository.files, arguments.cases, arguments.seed)
    if repository.n_unreadable:
        sys.stderr.write(f"pylot: {repository.n_unreadable} files in {root} cannot be read and are left out.\n")
    if not cases:
        raise PylotError(_no_code(root, repository))
    return _Project(root.name, root, make_tasks(cases, repository))


def _no_code(root: Path, repository: Repository) -> str:
    sentence = f"{root} holds no code that something could be taken out of"
    if not repository.excluded:
        return f"{sentence}."
    (most_common, n_files), *_ = repository.excluded.most_common(1)
    return f"{sentence}; {n_files} files are left out: {most_common.sentence}"


def _languages(names: str) -> list[str]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if not is_known_language(name):
            raise PylotError(f"Pylot knows no language {name!r}.")
    return [canonical_language(name) for name in wanted]


def _contenders(arguments: argparse.Namespace, configuration: Configuration) -> list[Contender]:
    own = configuration.settings.section(ModelsSettings).roles.complete
    default = f"{own},{own}{ALONE},{PREDICTOR}" if arguments.calibrate else f"{own},{PREDICTOR}"
    contenders = parse_contenders((arguments.models or default).split(","))
    if arguments.calibrate and _calibrated(contenders) is None:
        raise PylotError("To calibrate, --models must name the predictor and one model with :alone.")
    return contenders


async def _ask(contender: Contender, projects: Sequence[_Project], overrides: Sequence[str]) -> list[Result]:
    total = sum(len(project.tasks) for project in projects)
    progress = ProgressLine(contender.name, total)
    results: list[Result] = []
    try:
        for project in projects:
            before = len(results)
            async with SessionAsker(contender, project.root, overrides) as asker:
                results += await ask_all(asker, project.tasks, partial(_advance, progress, before))
            if len(results) < before + len(project.tasks):
                break
    finally:
        progress.end()
    return results


def _advance(progress: ProgressLine, before: int, count: int) -> None:
    progress.update(before + count)


def _report(arguments: argparse.Namespace, projects: Sequence[str], results: dict[str, list[Result]]) -> None:
    summaries = [summarize(name, found) for name, found in results.items()]
    by_project = [(project, [_of(project, name, found) for name, found in results.items()]) for project in projects]
    pair = _calibrated([Contender(name, "", predictor=False) for name in results]) if arguments.calibrate else None
    calibration = calibrate(results[pair[0]], results[pair[1]]) if pair else None
    if arguments.plot:
        _write_plot(arguments.plot, summaries)
    if arguments.json:
        value: dict[str, object] = {"seed": arguments.seed, "models": [each.to_json() for each in summaries]}
        value["folders"] = {project: [each.to_json() for each in own] for project, own in by_project}
        print_json(value | ({"calibration": calibration.to_json()} if calibration else {}))
        return
    print_summaries(summaries)
    print_projects(by_project)
    if calibration:
        print_calibration(calibration)


def _of(project: str, name: str, results: Sequence[Result]) -> Summary:
    return summarize(name, [each for each in results if each.case.project == project])


def _calibrated(contenders: Sequence[Contender]) -> tuple[str, str] | None:
    """The two that a calibration compares: the predictor and a model, each alone."""
    alone = [each.name for each in contenders if each.name.endswith(ALONE)]
    return (PREDICTOR, alone[0]) if alone and PREDICTOR in [each.name for each in contenders] else None


def _write_plot(path: Path, summaries: Sequence[Summary]) -> None:
    try:
        path.write_text(plot(summaries, "Suggestions on held-out code"), encoding="utf-8")
    except OSError as error:
        raise PylotError(f"The plot cannot be written to {path}: {error.strerror}.") from error
