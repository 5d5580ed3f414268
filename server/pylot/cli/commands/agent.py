"""`pylot agent`: let an agent do a task, watch it, stop it, go on with it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

from pylot.agent.blueprints import MAIN
from pylot.agent.run import RunRequest
from pylot.app.session import Session
from pylot.app.task_view import subject
from pylot.cli.agent_console import AgentConsole
from pylot.cli.console_client import ConsoleClient
from pylot.cli.terminal import paint, plain, print_json, print_lines
from pylot.cli.verbs import add_verbs
from pylot.cli.workspace_root import add_root_argument, open_workspace
from pylot.kernel.errors import ConfigError

_COLOURS = {"completed": "green", "failed": "red", "waiting_for_approval": "yellow", "limit": "yellow"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verb = add_verbs(parser)
    run = verb("run", "begin a task and work on it to its end")
    run.add_argument("prompt", nargs="?", default="", help="what is to be done (default: what stdin says)")
    run.add_argument("--agent", default=MAIN, help=f"which agent (default: {MAIN})")
    run.add_argument("--conversation", default="", metavar="ID", help="go on with a conversation")
    _add_run_options(run)
    resume = verb("resume", "go on with a task that was cut off, waits or has reached a limit")
    resume.add_argument("task", nargs="?", default="", help="its id or the beginning of it (default: the newest)")
    resume.add_argument("--say", default="", metavar="TEXT", help="what you have to say to it now")
    _add_run_options(resume)
    cancel = verb("cancel", "stop a task, wherever it runs")
    cancel.add_argument("task", nargs="?", default="", help="its id or the beginning of it (default: the newest)")
    tasks = verb("tasks", "list the tasks of the workspace")
    tasks.add_argument("--limit", type=int, default=20, help="how many (default: 20)")
    show = verb("show", "show a task with all that has happened to it")
    show.add_argument("task", nargs="?", default="", help="its id or the beginning of it (default: the newest)")
    restore = verb("restore", "take back what a task has changed; what you changed since stays")
    restore.add_argument("task", nargs="?", default="", help="its id or the beginning of it (default: the newest)")
    restore.add_argument("--since", type=int, default=0, metavar="N", help="only from its event number N on")
    forget = verb(
        "forget",
        "delete tasks that are over, with all that is kept of them",
        "Delete tasks for good: what was said and done, what their files held before, outputs of commands. "
        "What can be gone on with stays, and so does what you have answered for longer.",
    )
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("task", nargs="?", default="", help="its id or the beginning of it")
    which.add_argument(
        "--older-than",
        type=float,
        metavar="DAYS",
        help="all conversations, of every workspace, that are over and in which nothing has happened for so long",
    )
    for each in (cancel, tasks, show, restore, forget):
        add_root_argument(each)
        each.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do one of the verbs; exit code 1 when a task did not complete."""
    return asyncio.run(_run(arguments))


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    add_root_argument(parser)
    parser.add_argument(
        "--no-ask", action="store_true", help="ask nothing: what needs an answer leaves the task waiting"
    )
    parser.add_argument("--json", action="store_true", help="write the result as JSON, and nothing else")


async def _run(arguments: argparse.Namespace) -> int:
    session = open_workspace(arguments, ConsoleClient())
    if arguments.verb in ("run", "resume"):
        session.agents.client = AgentConsole(asks=not arguments.no_ask, quiet=arguments.json)
    try:
        return await _VERBS[arguments.verb](session, arguments)
    finally:
        await session.close()


async def _begin(session: Session, arguments: argparse.Namespace) -> int:
    prompt = arguments.prompt or ("" if sys.stdin.isatty() else sys.stdin.read())
    if not prompt.strip():
        raise ConfigError('Say what is to be done: pylot agent run "...".')
    request = RunRequest(prompt=prompt, agent=arguments.agent, conversation=arguments.conversation)
    task = await session.agents.desk.run(request, is_awaited=True)
    return await _until_end(session, task.id, arguments)


async def _resume(session: Session, arguments: argparse.Namespace) -> int:
    task = await session.agents.desk.resume(arguments.task, message=arguments.say, is_awaited=True)
    return await _until_end(session, task.id, arguments)


async def _until_end(session: Session, task_id: str, arguments: argparse.Namespace) -> int:
    desk = session.agents.desk
    try:
        result = await desk.result(task_id)
    except asyncio.CancelledError:
        # Control-C means the task, not only this command.
        await desk.cancel(task_id)
        raise
    if arguments.json:
        print_json(result)
        return 0 if result["status"] == "completed" else 1
    _print_result(result)
    client = session.agents.client
    if result["status"] == "limit" and isinstance(client, AgentConsole) and await client.ask_to_go_on():
        await desk.resume(task_id, is_awaited=True)
        return await _until_end(session, task_id, arguments)
    return 0 if result["status"] == "completed" else 1


async def _cancel(session: Session, arguments: argparse.Namespace) -> int:
    result = await session.agents.desk.cancel(arguments.task)
    if arguments.json:
        print_json(result)
    elif result["status"] == "cancelled":
        print_lines(f"{result['taskId']} is cancelled.")
    else:
        print_lines(f"{result['taskId']} was asked to stop.")
    return 0


async def _tasks(session: Session, arguments: argparse.Namespace) -> int:
    listed = await session.agents.desk.tasks(max(arguments.limit, 1))
    if arguments.json:
        print_json(listed)
        return 0
    for task in reversed(listed["tasks"]):
        status = paint(task["status"].replace("_", " "), _COLOURS.get(task["status"], "dim"))
        print_lines(f"{task['taskId']}  {_when(task['updated'])}  {status}  {plain(task['title'])}")
    if not listed["tasks"]:
        print_lines('There are no tasks here yet; begin one with `pylot agent run "..."`.')
    return 0


async def _show(session: Session, arguments: argparse.Namespace) -> int:
    shown = await session.agents.desk.show(arguments.task)
    if arguments.json:
        print_json(shown)
        return 0
    print_lines(paint(plain(shown["title"]), "bold"), f"{shown['taskId']}  {shown['status'].replace('_', ' ')}", "")
    for event in shown["events"]:
        print_lines(f"{event['seq']:>4}  {_when(event['at'])}  {event['type']}  {paint(plain(_told(event)), 'dim')}")
    _print_result({"answer": "", "message": "", **shown})
    return 0


async def _restore(session: Session, arguments: argparse.Namespace) -> int:
    done = await session.agents.desk.restore(arguments.task, arguments.since)
    if arguments.json:
        print_json(done)
        return 1 if done["skipped"] else 0
    for path in done["restored"]:
        print_lines(f"{paint('restored', 'green')}  {path}")
    for skipped in done["skipped"]:
        print_lines(f"{paint('left', 'yellow')}      {skipped['path']}: {skipped['reason']}")
    if not done["restored"] and not done["skipped"]:
        print_lines("There is nothing to take back.")
    return 1 if done["skipped"] else 0


async def _forget(session: Session, arguments: argparse.Namespace) -> int:
    desk = session.agents.desk
    if arguments.older_than is not None:
        forgotten = await desk.forget_older_than(max(arguments.older_than, 0.0))
    else:
        forgotten = await desk.forget(arguments.task)
    if arguments.json:
        print_json({"forgotten": forgotten})
    else:
        print_lines(*(f"{paint('forgotten', 'yellow')}  {task}" for task in forgotten))
    if not forgotten and not arguments.json:
        print_lines("There is nothing to forget.")
    return 0


def _print_result(result: Mapping[str, Any]) -> None:
    status, task = result["status"], result["taskId"]
    if result["answer"]:
        print_lines("", plain(result["answer"]))
    if (usage := result.get("usage", {})).get("calls"):
        sys.stderr.write(paint(_spelled(usage), "dim", sys.stderr) + "\n")
    if status == "completed":
        return
    said = f"{status.replace('_', ' ').capitalize()}. {plain(result['message'])}".rstrip()
    lines = [paint(said, _COLOURS.get(status, "dim"), sys.stderr)]
    if status == "waiting_for_approval":
        lines.append("`pylot approvals list` shows what is asked; after the answer go on with")
    if status in ("waiting_for_approval", "interrupted", "limit", "failed"):
        lines.append(f"`pylot agent resume {task}`.")
    sys.stderr.write("\n".join(lines) + "\n")


def _spelled(usage: Mapping[str, Any]) -> str:
    """Return what a task has cost, in one line (I18)."""
    said = f"{usage['calls']} model calls, {usage['promptTokens']:,} tokens read, {usage['completionTokens']:,} written"
    if "average" not in usage:
        return said
    return f"{said}, {usage['slowest']} to {usage['fastest']} a second, {usage['average']} on average"


def _told(event: Mapping[str, Any]) -> str:
    """Return what an event says, in a few words."""
    match event:
        case {"type": "tool_call_started", "tool": str(tool), "arguments": dict(arguments)}:
            return subject(tool, arguments)
        case {"tool": str(tool), "ok": bool(ok)}:
            return f"{tool} {'worked' if ok else 'failed'}"
        case {"choice": str(choice)}:
            return choice
    words = (event.get(name) for name in ("status", "reason", "sentence", "error", "tool", "role", "prompt", "answer"))
    text = next((word for word in words if isinstance(word, str) and word), "")
    return next(iter(text.splitlines()), "")[:100]


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


_VERBS = {"run": _begin, "resume": _resume, "cancel": _cancel, "tasks": _tasks, "show": _show, "restore": _restore,
          "forget": _forget}  # fmt: skip
