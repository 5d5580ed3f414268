"""`pylot.agent.*`, `pylot.tools.*` and `pylot.approvals.*`: tasks, what they can call and what they ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pylot.agent.blueprints import MAIN
from pylot.agent.run import RunRequest
from pylot.lsp.context import Context
from pylot.lsp.errors import InvalidParamsError

Arguments = tuple[object, ...]
_LONGEST_PROMPT = 200_000
_MOST_TASKS = 1000


async def run_agent(context: Context, arguments: Arguments) -> object:
    """Begin a task: an object as docs/protocol.md has it, a prompt, or nothing, then the user is asked."""
    asked = arguments[0] if arguments else None
    if asked is None:
        typed = await context.agents.ask_prompt()
        if not typed:
            return None
        asked = typed
    if isinstance(asked, str):
        asked = {"prompt": asked}
    if not isinstance(asked, Mapping):
        raise InvalidParamsError("The first argument must be a prompt, or an object with one.")
    prompt = _text(asked, "prompt", most=_LONGEST_PROMPT)
    if not prompt.strip():
        raise InvalidParamsError("`prompt` must say what is to be done.")
    reasoning = asked.get("reasoning")
    wish = RunRequest(
        prompt=prompt,
        agent=_text(asked, "agent") or MAIN,
        conversation=_text(asked, "conversation"),
        reasoning=reasoning if isinstance(reasoning, bool) else None,
    )
    waits = asked.get("wait") is True
    task = await context.agents.run(wish, is_awaited=waits)
    if waits:
        return await context.agents.result(task.id)
    return {"taskId": task.id, "status": task.status.value, "conversation": task.conversation_id}


async def cancel_agent(context: Context, arguments: Arguments) -> object:
    """Stop a task, the newest one where none is named."""
    return await context.agents.cancel(_named(arguments, "taskId"))


async def resume_agent(context: Context, arguments: Arguments) -> object:
    """Go on with a task, the newest one that can be gone on with where none is named, and with a word of the user's."""
    named = _named(arguments, "taskId")
    waits = bool(arguments) and isinstance(arguments[0], Mapping) and arguments[0].get("wait") is True
    said = arguments[0] if arguments and isinstance(arguments[0], Mapping) else {}
    message = _text(said, "message", most=_LONGEST_PROMPT)
    task = await context.agents.resume(named, message=message, is_awaited=waits)
    if waits:
        return await context.agents.result(task.id)
    return {"taskId": task.id, "status": task.status.value, "conversation": task.conversation_id}


async def list_tasks(context: Context, arguments: Arguments) -> object:
    """Return the tasks of the workspace."""
    limit = arguments[0].get("limit") if arguments and isinstance(arguments[0], Mapping) else None
    if limit is not None and not (isinstance(limit, int) and 1 <= limit <= _MOST_TASKS):
        raise InvalidParamsError(f"`limit` must be a number from 1 to {_MOST_TASKS}.")
    return await context.agents.tasks(limit or 50)


async def show_task(context: Context, arguments: Arguments) -> object:
    """Return a task with its events, the newest one where none is named."""
    return await context.agents.show(_named(arguments, "taskId"))


async def restore_task(context: Context, arguments: Arguments) -> object:
    """Take back what a task has changed, from one of its events on if `since` names it."""
    since = arguments[0].get("since") if arguments and isinstance(arguments[0], Mapping) else None
    if since is not None and not (isinstance(since, int) and since >= 0):
        raise InvalidParamsError("`since` must be the number of an event.")
    return await context.agents.restore(_named(arguments, "taskId"), since or 0)


async def forget_task(context: Context, arguments: Arguments) -> object:
    """Delete a task that is over, with all that is kept of it."""
    return {"forgotten": await context.agents.forget(_required(arguments, "taskId"))}


async def list_tools(context: Context, _arguments: Arguments) -> object:
    """Return every tool and which agents may call it."""
    return await context.agents.tools()


async def list_approvals(context: Context, _arguments: Arguments) -> object:
    """Return what is asked now, and what has been allowed or denied for the next time."""
    return await context.agents.approvals()


async def answer_approval(context: Context, arguments: Arguments) -> object:
    """Answer a question, which any editor of the user may have asked."""
    fields = arguments[0] if arguments else None
    if not isinstance(fields, Mapping):
        raise InvalidParamsError("The first argument must be an object with `id` and `choice`.")
    comment = _text(fields, "comment", most=10_000)
    return await context.agents.answer(_text(fields, "id"), _text(fields, "choice"), comment, by="editor")


async def revoke_grant(context: Context, arguments: Arguments) -> object:
    """Let something that was allowed or denied for good be asked about again."""
    await context.agents.revoke(_required(arguments, "id"), by="editor")
    return None


def _named(arguments: Arguments, name: str) -> str:
    """Return the id that the first argument is or holds, or an empty string."""
    first = arguments[0] if arguments else None
    if first is None:
        return ""
    return _text({name: first}, name) if isinstance(first, str) else _text(first, name)


def _required(arguments: Arguments, name: str) -> str:
    if not (found := _named(arguments, name)):
        raise InvalidParamsError(f"The first argument must be an object with `{name}`.")
    return found


def _text(fields: object, name: str, *, most: int = 200) -> str:
    if not isinstance(fields, Mapping):
        raise InvalidParamsError("The first argument must be an object.")
    value: Any = fields.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise InvalidParamsError(f"`{name}` must be a string of at most {most} characters.")
    return value
