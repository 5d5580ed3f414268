"""`pylot approvals`: what agents ask, what was allowed or denied for good."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from pylot.app.configuration import Configuration
from pylot.app.question_page import question_lines
from pylot.app.sections import grant_seconds
from pylot.app.task_book import TaskBook
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.cli.verbs import add_verbs
from pylot.config.sources import Sources
from pylot.journal.approvals import CHOICES
from pylot.kernel.clock import SystemClock
from pylot.storage.directories import find_directories


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verb = add_verbs(parser)
    listing = verb("list", "show what is asked now, and what holds for the next time")
    listing.add_argument("--json", action="store_true", help="write JSON")
    answer = verb("answer", "answer a question, whichever window has asked it")
    answer.add_argument("id", help="its id, or at least the first 8 characters of it")
    answer.add_argument("choice", choices=CHOICES, help="the answer; `user` is for good, in all workspaces")
    answer.add_argument("--comment", default="", help="words for the agent, above all why not")
    revoke = verb("revoke", "ask again about something that was allowed or denied for good")
    revoke.add_argument("id", help="the id of the grant")


def run(arguments: argparse.Namespace) -> int:
    """Do one of the verbs."""
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    directories = find_directories()
    configuration = Configuration(Sources(directories.config, environ=dict(os.environ)), ConsoleClient())
    book = TaskBook(directories.data, SystemClock(), _warn, lambda: grant_seconds(configuration.settings))
    try:
        if arguments.verb == "answer":
            approval_id = await book.approval_id(arguments.id)
            answered = await book.answer(approval_id, arguments.choice, arguments.comment, by="terminal")
            print_lines(f"Answered. If no window works on it, go on with `pylot agent resume {answered['taskId']}`.")
        elif arguments.verb == "revoke":
            await book.revoke(arguments.id, by="terminal")
            print_lines("Revoked: this is asked about again.")
        else:
            found = await book.approvals()
            print_json(found) if arguments.json else _print_all(found)
    finally:
        await book.close()
    return 0


def _print_all(found: Mapping[str, Any]) -> None:
    for question in found["approvals"]:
        print_lines(f"{paint(question['id'], 'cyan')}  of {question['taskId']}")
        print_lines(*(f"  {paint(line, style) if style else line}" for line, style in question_lines(question)))
        print_lines(f"  answers: {', '.join(choice['id'] for choice in question['choices'])}", "")
    if not found["approvals"]:
        print_lines("Nothing is asked.")
    if found["grants"]:
        print_lines("", paint("What holds for the next time:", "bold"))
    for grant in found["grants"]:
        effect = paint(grant["effect"], "red" if grant["effect"] == "deny" else "green")
        used = f"used {grant['uses']} times, last {_day(grant['lastUsed'])}" if grant["uses"] else "never used"
        until = f", until {_day(grant['expires'])}" if grant["expires"] else ""
        print_lines(f"{grant['id']}  {effect} for the {grant['scope']}{until}  {grant['title']}  ({used})")


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def _warn(sentence: str) -> None:
    sys.stderr.write(f"pylot: {sentence}\n")
