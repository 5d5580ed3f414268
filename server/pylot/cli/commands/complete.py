"""`pylot complete FILE:LINE:COL`: one suggestion for one place of a file."""

from __future__ import annotations

import argparse
import asyncio

from pylot.app.session import Session
from pylot.cli.console_client import ConsoleClient
from pylot.cli.place import PATIENT, add_place_arguments, open_place
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.completion.reasons import sentence
from pylot.completion.values import CompletionAnswer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_place_arguments(parser)
    parser.add_argument("--explain", action="store_true", help="show what happened at each step")


def run(arguments: argparse.Namespace) -> int:
    """Print the suggestions; exit code 1 when there are none."""
    return asyncio.run(_complete(arguments))


async def _complete(arguments: argparse.Namespace) -> int:
    session = Session(ConsoleClient(), client_debounces=True, overrides=[PATIENT, *arguments.set])
    try:
        request = open_place(session, arguments)
        answer = await session.complete(request)
        _report(arguments, answer, session.explain(1))
        return 0 if answer.suggestions else 1
    finally:
        await session.close()


def _report(arguments: argparse.Namespace, answer: CompletionAnswer, explanation: dict[str, object]) -> None:
    traces = explanation["traces"]
    trace = traces[0] if isinstance(traces, list) and traces else None
    if arguments.json:
        suggestions = [
            {"text": each.text, "source": each.source, "confidence": round(each.confidence, 3)}
            for each in answer.suggestions
        ]
        print_json({"suggestions": suggestions, "reason": answer.reason, "trace": trace})
        return
    for suggestion in answer.suggestions:
        print_lines(suggestion.text, paint(f"  from {suggestion.source}, {suggestion.confidence:.0%} sure", "dim"))
    if not answer.suggestions:
        print_lines(f"No suggestion: {trace['sentence'] if trace else sentence(answer.reason)}")
    if arguments.explain:
        print_lines("", str(explanation["text"]))
