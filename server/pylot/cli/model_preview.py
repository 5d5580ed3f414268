"""`pylot models preview`: what would be sent for a place, and to whom, while nothing is sent (P3)."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict

from pylot.app.session import Session
from pylot.cli.console_client import ConsoleClient
from pylot.cli.place import open_place
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.models.door import Preview
from pylot.models.values import FimPrompt


def preview(arguments: argparse.Namespace) -> int:
    """Print the preview; exit code 1 when nobody would be sent anything."""
    previews, sentence = asyncio.run(_preview(arguments))
    if arguments.json:
        print_json({"role": arguments.role, "reason": sentence, "deployments": [_values(each) for each in previews]})
    elif sentence:
        print_lines(f"Nothing would be sent: {sentence}")
    else:
        _print(previews)
    return 0 if any(each.sent for each in previews) else 1


async def _preview(arguments: argparse.Namespace) -> tuple[list[Preview], str]:
    session = Session(ConsoleClient(), client_debounces=True, overrides=arguments.set)
    try:
        return session.preview(open_place(session, arguments), arguments.role)
    finally:
        await session.close()


def _values(each: Preview) -> dict[str, object]:
    sent = asdict(each.sent) if isinstance(each.sent, FimPrompt) else None
    return {"deployment": each.deployment, "remote": each.remote, "refusal": each.refusal, "sent": sent}


def _print(previews: list[Preview]) -> None:
    """Print deployments in the order of asking, and each text once."""
    told: dict[object, str] = {}
    for each in previews:
        where = "another machine" if each.remote else "this machine"
        print_lines(paint(each.deployment, "bold") + paint(f"  {where}", "yellow" if each.remote else "dim"))
        if each.refusal:
            print_lines(f"  Nothing would be sent: {each.refusal}")
        elif each.sent in told:
            print_lines(f"  The same as to {told[each.sent]}.")
        elif isinstance(each.sent, FimPrompt):
            told[each.sent] = each.deployment
            _print_prompt(each.sent)
    if told:
        print_lines("", paint("This is the most: what is too long for the model is cut.", "dim"))


def _print_prompt(prompt: FimPrompt) -> None:
    for chunk in prompt.context:
        _print_part(f"from {chunk.path or 'elsewhere'}, {chunk.source}", chunk.text)
    _print_part(f"of {prompt.path}, before the cursor", prompt.head + prompt.tail)
    _print_part("after the cursor", prompt.suffix)


def _print_part(title: str, text: str) -> None:
    print_lines(paint(f"  {title}", "dim"), *(f"  | {line}" for line in text.split("\n")))
