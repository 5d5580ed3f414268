"""Pylot's commands (LSP 3.18, "Execute a command")."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from pylot.lsp.action_messages import APPLY_COMMAND
from pylot.lsp.context import Context
from pylot.lsp.errors import InvalidParamsError
from pylot.lsp.fields import as_integer
from pylot.lsp.from_proto import CommandCall, suggestion_id
from pylot.lsp.requests import agent_commands, trust_commands
from pylot.lsp.requests.apply_action_command import apply_action
from pylot.lsp.requests.commit_message_command import commit_message
from pylot.lsp.requests.search_command import search
from pylot.lsp.to_proto import ACCEPT_COMMAND

Arguments = tuple[object, ...]


def execute_command(context: Context, call: CommandCall) -> Awaitable[object]:
    """Run a command and answer with its result."""
    command = COMMANDS.get(call.command)
    if command is None:
        raise InvalidParamsError("There is no such command.")
    return command(context, call.arguments)


async def _status(context: Context, _arguments: Arguments) -> object:
    return await context.session.status()


async def _explain(context: Context, arguments: Arguments) -> object:
    limit = as_integer(arguments[0]) if arguments else 10
    if limit is None or not 1 <= limit <= 1_000:
        raise InvalidParamsError("The first argument must be a number from 1 to 1000.")
    return context.session.explain(limit)


async def _list_models(context: Context, _arguments: Arguments) -> object:
    return await context.session.list_models()


async def _use_model(context: Context, arguments: Arguments) -> object:
    name = arguments[0] if arguments else None
    role = arguments[1] if len(arguments) > 1 else "complete"
    if not (isinstance(name, str) and isinstance(role, str) and 0 < len(name) <= 200 and len(role) <= 200):
        raise InvalidParamsError("The arguments must be a model's name and, unless it is to complete, a role.")
    return await context.session.use_model(name, role)


async def _index_status(context: Context, _arguments: Arguments) -> object:
    return await context.session.index_status()


async def _rebuild_index(context: Context, _arguments: Arguments) -> object:
    await context.session.rebuild_index()
    return None


async def _pause_index(context: Context, arguments: Arguments) -> object:
    on = arguments[0] if arguments else True
    if not isinstance(on, bool):
        raise InvalidParamsError("The first argument must be true to pause, or false to go on.")
    await context.session.pause_index(on=on)
    return None


async def _accept_suggestion(context: Context, arguments: Arguments) -> object:
    context.session.accepted(suggestion_id(arguments))
    return None


COMMANDS: Mapping[str, Callable[[Context, Arguments], Awaitable[object]]] = {
    "pylot.status": _status,
    "pylot.explain": _explain,
    "pylot.models.list": _list_models,
    "pylot.models.use": _use_model,
    "pylot.search": search,
    "pylot.commitMessage": commit_message,
    "pylot.index.status": _index_status,
    "pylot.index.rebuild": _rebuild_index,
    "pylot.index.pause": _pause_index,
    "pylot.agent.run": agent_commands.run_agent,
    "pylot.agent.cancel": agent_commands.cancel_agent,
    "pylot.agent.restore": agent_commands.restore_task,
    "pylot.agent.resume": agent_commands.resume_agent,
    "pylot.agent.forget": agent_commands.forget_task,
    "pylot.agent.tasks": agent_commands.list_tasks,
    "pylot.agent.show": agent_commands.show_task,
    "pylot.tools.list": agent_commands.list_tools,
    "pylot.approvals.list": agent_commands.list_approvals,
    "pylot.approvals.answer": agent_commands.answer_approval,
    "pylot.approvals.revoke": agent_commands.revoke_grant,
    "pylot.workspace.trust": trust_commands.trust,
    "pylot.workspace.distrust": trust_commands.distrust,
    "pylot.workspace.trusted": trust_commands.list_trusted,
    APPLY_COMMAND: apply_action,
    ACCEPT_COMMAND: _accept_suggestion,
}
