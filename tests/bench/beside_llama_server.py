"""Pylot beside llama-server on random models in the shapes that people run, into docs/performance.md.

`make bench-models` runs all of it; `--sizes 0.5B` one size, `--only-write` just writes the tables of the last runs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pylot.bench.figures import Figures
from pylot.cli.bench_page import FIGURE_ROWS, amount
from pylot.cli.tables import columns
from setup.llama_server import find_server
from tests.bench.random_models import writing_model

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
FOLDER = ROOT / "build" / "bench"
BEGIN, END = "<!-- written by make bench-models: begin -->\n", "<!-- written by make bench-models: end -->\n"
Found = dict[str, Any]
# As many keys and minutes as keep a size within a quarter of an hour on two cores.
ARGUMENTS = {
    "0.5B": ("--keys", "16", "--slow-minutes", "3"),
    "1.5B": ("--keys", "12", "--slow-minutes", "5", "--no-pace"),
}


@dataclass(frozen=True)
class Run:
    """One size's run: the command that a reader can repeat, and what it found."""

    size: str
    command: str
    found: Found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(ARGUMENTS), metavar="LIST", help="sizes to run")
    parser.add_argument("--only-write", action="store_true", help="run nothing, write the tables of the last runs")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write into")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where models and results lie")
    parser.add_argument("more", nargs="*", help="after --: arguments of `pylot bench` beside the usual ones")
    arguments = parser.parse_args()
    if not arguments.only_write:
        for size in arguments.sizes.split(","):
            _bench(size, arguments.folder, arguments.page.parent, arguments.more)
    runs = [_read(size, arguments.folder) for size in ARGUMENTS if (arguments.folder / f"{size}.json").exists()]
    text = arguments.page.read_text(encoding="utf-8")
    arguments.page.write_text(with_tables(text, tables(runs)), encoding="utf-8")
    return 0


def tables(runs: Sequence[Run]) -> str:
    """Return the part of the page that runs make up, in Markdown."""
    parts = ["```", *(f"{run.command}  # {run.found['seconds'] / 60:.0f} minutes" for run in runs), "```", ""]
    notes = dict.fromkeys(note for run in runs for note in run.found["leftOut"])
    parts += [*notes, *([""] if notes else [])]
    parts += [*_table(["bar", "wanted", *(run.size for run in runs), "met"], _bar_rows(runs)), ""]
    for run in runs:
        figures = [Figures(**each) for each in run.found["contenders"]]
        head, *rows = columns([each.name for each in figures], FIGURE_ROWS, figures)
        parts += [*_table([run.size, *head[1:]], rows), "", f"![First token and suggestion]({_plot(run.size)})", ""]
    labels = dict.fromkeys(label for run in runs for label in run.found["single"])
    rows = [[label, *(amount(run.found["single"].get(label), "ms") for run in runs)] for label in labels]
    parts += [*_table(["Pylot alone", *(run.size for run in runs)], rows)]
    return "\n".join(parts) + "\n"


def with_tables(page: str, written: str) -> str:
    """Return the page with its written part replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{written}{END}{after}"


def _bench(size: str, folder: Path, plots: Path, more: Sequence[str]) -> None:
    server = find_server(os.environ)
    if server is None:
        sys.exit("llama-server has not been built: run `make llama-server`.")
    model = writing_model(size, folder / f"qwen2.5-coder-{size.lower()}-random.gguf")
    usual = [*ARGUMENTS[size], *more]
    files = ["--json", str(folder / f"{size}.json"), "--plot", str(plots / _plot(size))]
    command = ["--model", str(model), "--llama-server", str(server), *usual, *files]
    subprocess.run([sys.executable, "-m", "pylot", "bench", *command], check=True)
    shown = f"pylot bench --model {model.name} --llama-server PATH {' '.join(usual)}"
    (folder / f"{size}.command").write_text(shown, encoding="utf-8")


def _read(size: str, folder: Path) -> Run:
    found = json.loads((folder / f"{size}.json").read_text(encoding="utf-8"))
    return Run(size, (folder / f"{size}.command").read_text(encoding="utf-8"), found)


def _plot(size: str) -> str:
    return f"bench-{size.lower()}.svg"


def _bar_rows(runs: Sequence[Run]) -> list[list[str]]:
    rows = []
    for bars in zip(*(run.found["bars"] for run in runs), strict=True):
        sign, unit = "≥" if bars[0]["at_least"] else "≤", bars[0]["unit"]
        limits = ", ".join(dict.fromkeys(amount(bar["limit"], unit) for bar in bars))
        verdicts = [{True: "yes", False: "**no**", None: "not measured"}[bar["cleared"]] for bar in bars]
        met = verdicts[0] if len(set(verdicts)) == 1 else " / ".join(verdicts)
        rows.append([bars[0]["label"], f"{sign} {limits}", *(amount(bar["value"], unit) for bar in bars), met])
    return rows


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    sys.exit(main())
