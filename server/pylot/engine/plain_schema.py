"""A JSON Schema without what servers and grammars stumble over: what is left constrains the shape of an answer.

Descriptions, patterns, formats and large repetitions go, because llama.cpp has crashed on them or refuses them (T10);
references are put in place. Whoever needs the whole schema kept has to validate the answer as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pylot.kernel.errors import ModelAbilityError

MAX_SCHEMA_BYTES = 64 << 10
_MAX_NODES = 2_000
_MAX_DEPTH = 24
_MAX_REPETITION = 64
_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_LIMITS = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that allows everything that `schema` allows, and little more.

    Raises:
        ModelAbilityError: it is too large or no JSON Schema.
    """
    try:
        n_bytes = len(json.dumps(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelAbilityError("The schema for the model's answer is no JSON.", detail=repr(error)[:200]) from error
    if n_bytes > MAX_SCHEMA_BYTES:
        raise ModelAbilityError("The schema for the model's answer is too large.")
    return _Plain(schema).of(schema, 0, ())


class _Plain:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._n_nodes = 0

    def of(self, schema: object, depth: int, references: tuple[str, ...]) -> dict[str, Any]:
        self._n_nodes += 1
        if self._n_nodes > _MAX_NODES:
            raise ModelAbilityError("The schema for the model's answer is too large.")
        if depth > _MAX_DEPTH or not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in references:
                # What refers to itself is left open below its first level.
                return {}
            return self.of(self._find(reference), depth + 1, (*references, reference))
        if isinstance(parts := schema.get("allOf"), list):
            rest = {name: value for name, value in schema.items() if name != "allOf"}
            return _merged([self.of(part, depth + 1, references) for part in [rest, *parts]])
        for name in ("anyOf", "oneOf"):
            if isinstance(choices := schema.get(name), list) and choices:
                return {"anyOf": [self.of(choice, depth + 1, references) for choice in choices]}
        if "const" in schema:
            return {"const": schema["const"]}
        if isinstance(values := schema.get("enum"), list) and values:
            return {"enum": values}
        return self._typed(schema, depth, references)

    def _typed(self, schema: Mapping[str, Any], depth: int, references: tuple[str, ...]) -> dict[str, Any]:
        kind = schema.get("type")
        if isinstance(kind, list):
            return {"anyOf": [self.of({**schema, "type": each}, depth + 1, references) for each in kind]}
        if kind is None:
            kind = "object" if "properties" in schema else "array" if "items" in schema else None
        if not isinstance(kind, str) or kind not in _TYPES:
            return {}
        plain: dict[str, Any] = {"type": kind}
        if kind == "object":
            plain |= self._object(schema, depth, references)
        elif kind == "array" and "items" in schema:
            plain["items"] = self.of(schema["items"], depth + 1, references)
        for name in _LIMITS.get(str(kind), ()):
            limit = schema.get(name)
            if isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit <= _MAX_REPETITION:
                plain[name] = limit
        return plain

    def _object(self, schema: Mapping[str, Any], depth: int, references: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            found["properties"] = {
                str(name): self.of(value, depth + 1, references) for name, value in properties.items()
            }
            required = schema.get("required")
            if isinstance(required, Sequence) and not isinstance(required, str):
                found["required"] = [name for name in required if name in properties]
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            found["additionalProperties"] = self.of(others, depth + 1, references)
        elif isinstance(others, bool):
            found["additionalProperties"] = others
        return found

    def _find(self, reference: str) -> object:
        target: object = self._root
        if not reference.startswith("#"):
            return {}
        for step in reference[1:].strip("/").split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if key:
                target = target.get(key) if isinstance(target, Mapping) else None
        return target


def _merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all parts ask for, as far as one level of objects can say it."""
    told = [part for part in parts if part]
    if len(told) == 1:
        return dict(told[0])
    if not all(part.get("type") == "object" for part in told):
        return {}
    merged: dict[str, Any] = {"type": "object"}
    for part in told:
        merged["properties"] = {**merged.get("properties", {}), **part.get("properties", {})}
        merged["required"] = [*merged.get("required", []), *part.get("required", [])]
    return merged
