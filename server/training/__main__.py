from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.failure import TrainingError


def _train(arguments: argparse.Namespace) -> None:
    from training.recipe import read_recipe
    from training.run.launch import train
    from training.run.trainer import RunOptions
    from training.schedule import parse_amount

    options = RunOptions(
        folder=arguments.run,
        budget=parse_amount(arguments.budget) if arguments.budget else None,
        slice_seconds=arguments.slice_seconds,
        report_seconds=arguments.report_seconds,
        compiled=arguments.compile,
        device=arguments.device,
    )
    train(read_recipe(arguments.recipe), arguments.data, options, n_processes=arguments.processes, rank=arguments.rank, arguments=sys.argv[1:])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training")
    steps = parser.add_subparsers(required=True)
    step = steps.add_parser("train")
    step.add_argument("--recipe", default="cpu")
    step.add_argument("--data", type=Path, required=True)
    step.add_argument("--run", type=Path, required=True)
    step.add_argument("--budget")
    step.add_argument("--slice-seconds", type=float)
    step.add_argument("--report-seconds", type=float, default=150)
    step.add_argument("--compile", action="store_true")
    step.add_argument("--device", default="cpu")
    step.add_argument("--processes", type=int, default=1)
    step.add_argument("--rank", type=int)
    step.set_defaults(do=_train)
    arguments = parser.parse_args()
    try:
        arguments.do(arguments)
    except TrainingError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
