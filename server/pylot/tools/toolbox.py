"""The tools that one agent may call, and what its calls would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from pylot.kernel.errors import ActionRefusedError
from pylot.models.values import Tool
from pylot.policy.actions import Action, CallTool
from pylot.tools.builtin import BUILT_IN, BuiltIn
from pylot.tools.ports import Record, keep_nothing
from pylot.tools.registry import Registry
from pylot.tools.spec import ToolSpec, may_call
from pylot.tools.surroundings import Surroundings

_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_BY_ID: Mapping[str, BuiltIn] = {tool.id: tool for tool in BUILT_IN}


class Toolbox:
    """Turn the calls of one agent into actions; `named` are the tools of its blueprint."""

    def __init__(self, registry: Registry, agent_id: str, named: Sequence[str], around: Surroundings) -> None:
        self._registry = registry
        self._around = around
        self._specs = {spec.id: spec for spec in registry.tools() if may_call(spec, agent_id, tuple(named))}

    def tools(self) -> Sequence[Tool]:
        """Return what the model is told, in an order that stays the same."""
        return [Tool(spec.id, spec.description, spec.input_schema) for spec in self._specs.values()]

    async def action(self, tool: str, arguments: Mapping[str, object], record: Record = keep_nothing) -> Action:
        """Return what a call would do; nothing has happened yet, but that a model may have been asked.

        Raises:
            ActionRefusedError: the agent has no such tool, or the arguments make no sense.
        """
        spec = self._specs.get(tool)
        if spec is None:
            raise ActionRefusedError(f"There is no tool {tool}; there are {', '.join(self._specs) or 'none'}.")
        if spec.executor == "builtin":
            built_in = _BY_ID[tool]
            return await built_in.to_action(_validated(built_in, arguments), replace(self._around, record=record))
        registry = self._registry
        call = _call_of(spec, arguments, reads_only=registry.reads_only(spec))
        return call.model_copy(update={"has_changed": registry.has_changed(spec)})


def _validated(built_in: BuiltIn, arguments: Mapping[str, object]) -> Any:
    try:
        return built_in.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in error.errors()[:3]
        )
        raise ActionRefusedError(f"The arguments of {built_in.id} do not fit: {faults}.") from error


def _call_of(spec: ToolSpec, arguments: Mapping[str, object], *, reads_only: bool) -> CallTool:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match

    try:
        plain = _JSON.validate_python(dict(arguments))
        fault = best_match(Draft202012Validator(spec.input_schema).iter_errors(plain))
    except (ValidationError, SchemaError) as error:
        raise ActionRefusedError(f"The arguments of {spec.id} cannot be checked.") from error
    if fault is not None:
        place = ".".join(map(str, fault.absolute_path)) or "arguments"
        raise ActionRefusedError(f"The arguments of {spec.id} do not fit: {place}: {fault.message[:300]}.")
    executor = spec.executor if spec.executor != "builtin" else "python"
    return CallTool(tool_id=spec.id, arguments=plain, executor=executor, reads_only=reads_only, pin=spec.pin)
