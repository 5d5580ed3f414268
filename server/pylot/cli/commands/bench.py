"""`pylot bench`: how fast is ghost text on this machine with this model, beside what else there is?"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from pylot.app.model_shelf import look
from pylot.bench.bars import EMBEDDED, LIBRARY, OVER_SERVER, PLUGIN, TUNED, bars
from pylot.bench.contender import Contender
from pylot.bench.engine_measures import Measures, engine_measures
from pylot.bench.figures import figures_of
from pylot.bench.infill_contenders import PluginInfill, TunedInfill
from pylot.bench.plot import plot
from pylot.bench.processes import peak_bytes
from pylot.bench.python_library import PythonLibrary
from pylot.bench.replay import Record, play_at_pace, take_turns
from pylot.bench.server_process import PLUGIN_FLAGS, PYLOT_FLAGS, TUNED_FLAGS, ServerProcess, find_llama_server
from pylot.bench.traces import Trace, load_traces, trace_names
from pylot.cli.bench_page import Results, print_results, results_json
from pylot.cli.bench_pylot import USUAL_DEADLINE_MS, PylotContender, WindowOptions
from pylot.cli.bench_single import after_accepting, gaps, growth, starts, windows
from pylot.cli.progress_line import ProgressLine
from pylot.engine.gguf_header import read_header
from pylot.kernel.errors import PylotError
from pylot.models.door import SHIPPED_MODELS

_CONTENDERS = (EMBEDDED, OVER_SERVER, PLUGIN, TUNED, LIBRARY)
_NEED_SERVER = {OVER_SERVER, PLUGIN, TUNED}
# Of the time that slow contenders may take: what the bars compare with gets most of it.
_SLOW_SHARES = {PLUGIN: 0.7, OVER_SERVER: 0.15, LIBRARY: 0.15}
_AT_PACE = (EMBEDDED, PLUGIN, TUNED)
_MOST_THREADS = 8
_BUSY_SHARE = 0.5
# Short answers, so that the rest of what an answer takes can be seen.
_ALONE_TOKENS = 6
_EXPLANATION = """\
contenders, all with the same model, threads and number of tokens, greedy:
  pylot              the language server and Pylot's own engine
  pylot-over-server  the language server, the model in a llama-server
  llama.vscode       llama-server's /infill as that plugin starts and asks it, its ring of chunks included
  tuned-infill       /infill with --spm-infill and a prompt that holds still: the best it can be tuned to
  llama-cpp-python   create_completion

Every key is answered by every contender in turn, while the others rest, so compare ratios, not milliseconds.
With --slow-minutes only pylot and tuned-infill answer all of them: llama.vscode, llama-cpp-python and
pylot-over-server share that time and are asked at as many keys as it allows, spread over all of them.
Nothing is warmed up but the loading of the model; a file's first key is counted as cold.
Then each trace is typed at the pace of its recording to see what is generated in vain.
What the language server adds as files grow is measured with the shipped model, everything else with yours.
Ctrl-C ends early with the figures so far.
"""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How much is measured."""

    keys: int
    paced_keys: int
    tokens: int
    sizes: tuple[int, ...]
    windows: tuple[int, ...]
    repeats: int


_FULL = _Plan(24, 24, 32, (100, 200, 2_000, 20_000), (1, 4), 40)
_QUICK = _Plan(3, 4, 8, (100, 200), (1, 2), 5)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXPLANATION
    parser.add_argument("--model", default="", metavar="NAME|FILE", help="the model (the one for ghost text)")
    parser.add_argument("--llama-server", default="", metavar="PATH", help="llama.cpp's server (the one on the path)")
    parser.add_argument("--traces", default="", metavar="LIST", help=f"of {', '.join(trace_names())} (all)")
    parser.add_argument("--contenders", default="", metavar="LIST", help=f"of {', '.join(_CONTENDERS)} (all)")
    parser.add_argument("--threads", type=int, default=0, help="threads of each (one per core, eight at most)")
    parser.add_argument("--keys", type=int, default=0, metavar="N", help="the first N keys of each trace (24)")
    parser.add_argument("--tokens", type=int, default=0, metavar="N", help="tokens of an answer at most (32)")
    parser.add_argument("--deadline", type=int, default=0, metavar="MS", help="what an answer of Pylot may take (2000)")
    parser.add_argument("--slow-minutes", type=float, default=0.0, metavar="N", help="limit the slow ones (unlimited)")
    parser.add_argument("--no-single", action="store_true", help="leave out what is measured of Pylot alone")
    parser.add_argument("--no-pace", action="store_true", help="leave out the typing at pace")
    parser.add_argument("--quick", action="store_true", help="little of everything: does it work at all?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="also draw the times of all contenders")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; exit code 1 when nothing could be measured."""
    for name in ("threads", "keys", "tokens", "deadline", "slow_minutes"):
        if getattr(arguments, name) < 0:
            raise PylotError(f"--{name.replace('_', '-')} takes a number from 0 on, where 0 stands for what is usual.")
    for file in filter(None, (arguments.json, arguments.plot)):
        if not file.absolute().parent.is_dir():
            raise PylotError(f"There is no folder {file.absolute().parent} to write {file.name} into.")
    model = _model_file(arguments.model)
    traces = load_traces(_listed(arguments.traces))
    program = find_llama_server(arguments.llama_server)
    names, left_out = _choose(_listed(arguments.contenders), program)
    results = asyncio.run(_Run(arguments, model, program, traces, names, left_out).measure())
    print_results(results)
    if arguments.json:
        arguments.json.write_text(json.dumps(results_json(results), indent=1) + "\n", encoding="utf-8")
    if arguments.plot:
        title = f"A key to its ghost text: {model.stem}, {results.threads} threads"
        arguments.plot.write_text(plot(results.figures, title), encoding="utf-8")
    return 0 if results.records else 1


class _Run:
    """One run: contenders are started, take turns, type at pace, and end; then Pylot alone is measured."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        model: Path,
        program: Path | None,
        traces: Sequence[Trace],
        names: Sequence[str],
        left_out: Sequence[str],
    ) -> None:
        self._plan = _QUICK if arguments.quick else _FULL
        self._keys = arguments.keys or self._plan.keys
        self._tokens = arguments.tokens or self._plan.tokens
        self._threads = arguments.threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._arguments, self._model, self._program = arguments, model, program
        self._traces, self._names, self._left_out = traces, names, list(left_out)
        self._n_homes = 0

    async def measure(self) -> Results:
        """Return what was measured, up to a Ctrl-C."""
        began = time.monotonic()
        self._note_company()
        records: list[Record] = []
        paced, peaks, single = [], dict[str, int](), dict[str, float | None]()
        # Socket paths are limited, so the folder lies where paths are short.
        with tempfile.TemporaryDirectory(prefix="pylot-", dir="/tmp" if os.name == "posix" else None) as folder:
            self._folder = Path(folder)
            with _interruptible(self._left_out, records):
                async with self._started() as contenders:
                    try:
                        n_turns = sum(min(self._keys, len(trace.keystrokes)) for trace in self._traces)
                        with _progress("answers", n_turns * len(contenders)) as progress:
                            await take_turns(contenders, self._traces, self._keys, progress, records, self._limits)
                        if not self._arguments.no_pace:
                            hasty = [each for each in contenders if each.name in _AT_PACE]
                            for plugin in (each for each in hasty if isinstance(each, PluginInfill)):
                                plugin.looks_ahead = True
                            with _progress("traces at pace", len(self._traces) * len(hasty)) as progress:
                                for trace, contender in itertools.product(self._traces, hasty):
                                    paced.append(await play_at_pace(contender, trace, self._plan.paced_keys))
                                    progress()
                    finally:
                        # After a Ctrl-C some of them may have gone.
                        for contender in contenders:
                            with contextlib.suppress(PylotError):
                                peaks[contender.name] = peak_bytes(await contender.process_ids())
                if EMBEDDED in self._names and not self._arguments.no_single:
                    await self._measure_alone(single)
        figures = [figures_of(name, records, paced, peaks.get(name, 0)) for name in self._names]
        return Results(
            self._model, self._threads, self._tokens, records, paced, figures, single,
            bars(self._model.stat().st_size, records, figures, single), self._left_out, time.monotonic() - began,
        )  # fmt: skip

    def _note_company(self) -> None:
        """Say in the results when the machine was not quiet."""
        load, cores = psutil.getloadavg()[0], os.cpu_count() or 1
        if load > _BUSY_SHARE * cores:
            self._left_out.append(f"The machine was busy ({load:.1f} on {cores} cores): times are too long.")

    async def _measure_alone(self, single: Measures) -> None:
        plan = self._plan
        steps: list[Callable[[], Awaitable[Measures]]] = [
            lambda: engine_measures(
                self._model, self._threads, self._folder / "engine", n_tokens=4 * self._tokens, n_cancels=plan.repeats
            ),
            lambda: starts(self._alone),
            lambda: after_accepting(self._alone, plan.repeats // 2),
            lambda: gaps(self._alone, 20 * plan.repeats),
            lambda: windows(self._alone, plan.windows, 6),
            lambda: growth(self._with_shipped, plan.sizes, 2 * plan.repeats),
        ]
        with _progress("of Pylot alone", len(steps)) as progress:
            for step in steps:
                single |= await step()
                progress()

    @contextlib.asynccontextmanager
    async def _started(self) -> AsyncIterator[list[Contender]]:
        contenders: list[Contender] = []
        try:
            for name in self._names:
                sys.stderr.write(f"starting {name}\n")
                contender = self._make(name)
                await contender.start()
                contenders.append(contender)
            yield contenders
        finally:
            for contender in contenders:
                await contender.close()

    def _make(self, name: str) -> Contender:
        makers: dict[str, Callable[[], Contender]] = {
            EMBEDDED: lambda: self._pylot(EMBEDDED, self._model, self._options),
            OVER_SERVER: lambda: self._pylot(OVER_SERVER, self._model, self._options, self._server(PYLOT_FLAGS)),
            PLUGIN: lambda: PluginInfill(PLUGIN, self._server(PLUGIN_FLAGS), self._tokens),
            TUNED: lambda: TunedInfill(TUNED, self._server(TUNED_FLAGS), self._tokens),
            LIBRARY: lambda: PythonLibrary(LIBRARY, self._model, self._threads, self._tokens, self._log),
        }
        return makers[name]()

    @property
    def _options(self) -> WindowOptions:
        return WindowOptions(self._threads, self._tokens, self._arguments.deadline or USUAL_DEADLINE_MS)

    @property
    def _limits(self) -> dict[str, float]:
        """Return the seconds that slow contenders may take, where their time is limited at all."""
        slow = [name for name in self._names if name in _SLOW_SHARES]
        shares = sum(_SLOW_SHARES[name] for name in slow)
        seconds = self._arguments.slow_minutes * 60
        return {name: seconds * _SLOW_SHARES[name] / shares for name in slow} if seconds else {}

    def _alone(self, name: str, deadline_ms: int = 0, saved_state_mb: int = 0) -> PylotContender:
        return self._pylot(name, self._model, self._alone_options(deadline_ms, saved_state_mb))

    def _with_shipped(self, name: str, deadline_ms: int = 0, saved_state_mb: int = 0) -> PylotContender:
        options = replace(self._alone_options(deadline_ms, saved_state_mb), predictor=True)
        return self._pylot(name, next(iter(SHIPPED_MODELS.values())), options)

    def _alone_options(self, deadline_ms: int, saved_state_mb: int) -> WindowOptions:
        return replace(
            self._options,
            n_predict=min(self._tokens, _ALONE_TOKENS),
            deadline_ms=deadline_ms or self._options.deadline_ms,
            saved_state_mb=saved_state_mb,
        )

    def _pylot(
        self, name: str, model: Path, options: WindowOptions, server: ServerProcess | None = None
    ) -> PylotContender:
        home = self._folder / name.replace(" ", "-")
        home.mkdir(exist_ok=True)
        return PylotContender(name, model, options, home, server)

    def _server(self, flags: Sequence[str]) -> ServerProcess:
        assert self._program is not None
        return ServerProcess(self._program, self._model, self._threads, flags, self._log)

    @property
    def _log(self) -> Path:
        return self._folder / "contenders.log"


def _model_file(named: str) -> Path:
    """Return the model's file, checked.

    Raises:
        PylotError: it is no model that there is, or no GGUF.
    """
    path = Path(named).expanduser()
    if named and (path.suffix == ".gguf" or path.exists()):
        return read_header(path.absolute()).path
    shelf = look()
    return shelf.require(named or shelf.models.roles.complete).path


def _choose(wanted: Sequence[str], program: Path | None) -> tuple[list[str], list[str]]:
    """Return the contenders that are possible, and a sentence about those that are not."""
    for name in wanted:
        if name not in _CONTENDERS:
            raise PylotError(f"There is no contender {name!r}; there are {', '.join(_CONTENDERS)}.")
    names = list(wanted or _CONTENDERS)
    missing = [name for name in names if name in _NEED_SERVER and program is None]
    names = [name for name in names if name not in missing]
    if not names:
        raise PylotError("No llama-server was found, which all of these contenders need; name one with --llama-server.")
    if not missing:
        return names, []
    return names, [f"Left out for want of a llama-server (name one with --llama-server): {', '.join(missing)}."]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@contextlib.contextmanager
def _interruptible(sentences: list[str], records: Sequence[Record]) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        sentences.append("Interrupted: these are the figures so far.")
    except PylotError as error:
        if not records:
            raise
        sentences.append(f"Ended early, with the figures so far: {error.sentence}")


@contextlib.contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[], None]]:
    line, count = ProgressLine(label, total), 0

    def step() -> None:
        nonlocal count
        count += 1
        line.update(count)

    try:
        yield step
    finally:
        line.end()
