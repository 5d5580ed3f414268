"""`pylot demo`: the main job, shown: the real server, the real model, ghost text in a real file as it is typed."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pylot
from pylot.cli.lsp_client import LspClient
from pylot.cli.screen import Screen
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.cli.typist import Moment, Typist
from pylot.completion.copy_confidence import COPY_SOURCE
from pylot.completion.model_run import MODEL_SOURCE

_PACKAGE = Path(pylot.__file__).parent
_FILE = _PACKAGE / "engine" / "sequences.py"
_BESIDE = _PACKAGE / "engine" / "generation.py"
_PLACE = "    def touch("
_SCRIPT = '''\
    def reset(self, sequence_id: int) -> None:
        """Forget the tokens of a sequence."""
        entry = self.sequences[sequence_id]
        entry.tokens = []
        entry.owner = None
        self.touch(sequence_id)

    def longest(self) -> int:
        """Return how many tokens the longest sequence has."""
        return max(len(entry.tokens) for entry in self.sequences)

'''
_SOURCES = {COPY_SOURCE: "local predictor", MODEL_SOURCE: "model"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--fast", action="store_true", help="type as fast as answers come, without animation")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a setting")
    parser.add_argument("--json", action="store_true", help="write the figures as JSON, and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Show the demo; exit code 1 when nothing was suggested."""
    return asyncio.run(_show(arguments))


async def _show(arguments: argparse.Namespace) -> int:
    # The shipped model knows little, so the demo asks for what it has; the waiting is for people who type on.
    settings = ["completion.eagerness=eager", "completion.debounce_ms=0", *arguments.set]
    text, beside = _FILE.read_text(encoding="utf-8"), _BESIDE.read_text(encoding="utf-8")
    offset = text.index(_PLACE)
    text = f"{text[:offset]}\n{text[offset:]}"
    animated = sys.stdout.isatty() and not arguments.fast and not arguments.json
    screen = Screen(animated=animated, silent=arguments.json, title=_FILE.name)
    moments: list[Moment] = []
    with tempfile.TemporaryDirectory(prefix="pylot-demo-") as folder:
        async with LspClient(settings) as client:
            typist = Typist(client, (Path(folder) / _FILE.name).as_uri(), text, offset)
            typist.open_beside((Path(folder) / _BESIDE.name).as_uri(), beside)
            screen.say(
                f"Typing {_SCRIPT.count(chr(10))} lines into a copy of {_FILE.name}, {_BESIDE.name} open beside it."
            )
            async for moment in typist.type(_SCRIPT):
                moments.append(moment)
                await screen.show(moment, describe(moment.trace))
            status = await client.command("pylot.status")
    figures = summarize(moments)
    if arguments.json:
        print_json(figures)
    else:
        _print_summary(figures, status)
    return 0 if figures["suggestions"] else 1


def describe(trace: Mapping[str, Any]) -> str:
    """Return one line that says where a suggestion came from, how fast, and what was reused."""
    prompt = sum(trace["promptTokens"].values())
    words = [_SOURCES.get(trace["source"], trace["source"])]
    if _typed_through(trace):
        words.append(f"typed through, answered in {trace['totalMs']:.1f} ms")
    elif trace["source"] == MODEL_SOURCE and trace["firstTokenMs"] is not None:
        words.append(f"first token after {trace['firstTokenMs']:.1f} ms")
        words.append(f"{trace['reusedTokens']} of {prompt} prompt tokens reused")
    else:
        words.append(f"answered in {trace['totalMs']:.1f} ms, no model asked")
    return ", ".join(words)


def summarize(moments: list[Moment]) -> dict[str, Any]:
    """Return the figures of a run, times in milliseconds."""
    shown = [moment.trace for moment in moments if moment.ghost]
    fresh = [trace for trace in shown if not _typed_through(trace)]
    asked = [moment.trace for moment in moments if moment.trace["promptTokens"]]
    return {
        "keys": len(moments),
        "suggestions": len(fresh),
        "bySource": {name: sum(trace["source"] == source for trace in fresh) for source, name in _SOURCES.items()},
        "accepted": sum(moment.accepts for moment in moments),
        "acceptedCharacters": sum(len(moment.ghost) for moment in moments if moment.accepts),
        "typedThroughMs": _median([trace["totalMs"] for trace in shown if _typed_through(trace)]),
        "firstTokenMs": _median([trace["firstTokenMs"] for trace in asked if trace["firstTokenMs"] is not None]),
        "reusedShare": _median(
            [trace["reusedTokens"] / max(1, sum(trace["promptTokens"].values())) for trace in asked]
        ),
    }


def _typed_through(trace: Mapping[str, Any]) -> bool:
    return any(step["name"] == "lookup" and step["outcome"] == "typed through" for step in trace["steps"])


def _median(values: list[float]) -> float | None:
    return round(statistics.median(values), 3) if values else None


def _print_summary(figures: Mapping[str, Any], status: Mapping[str, Any]) -> None:
    by_source = ", ".join(f"{count} from the {name}" for name, count in figures["bySource"].items())
    providers = status["models"]["providers"]
    models = ", ".join(f"{name} ({each['state']})" for name, each in providers.items()) or "none"
    rows = {
        "model": models,
        "keys typed": figures["keys"],
        "suggestions": f"{figures['suggestions']} ({by_source})",
        "accepted": f"{figures['accepted']}, which saved {figures['acceptedCharacters']} keys",
        "first token": _milliseconds(figures["firstTokenMs"]) + " from the request, median",
        "typed through": _milliseconds(figures["typedThroughMs"]) + " per key, median",
        "prompt reused": f"{figures['reusedShare']:.1%} of the tokens, median" if figures["reusedShare"] else "-",
    }
    print_lines("", paint("What happened", "bold"), *(f"  {name:<14} {value}" for name, value in rows.items()))
    print_lines(
        "", "The demo shows all it has (eagerness `eager`); an editor starts with `balanced`, which is quieter.",
        "Next: `pylot doctor`, then docs/editors/ for your editor.",
    )  # fmt: skip


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
