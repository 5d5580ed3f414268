"""Turn values into the types that a schema wants, where there is only one thing they can mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pylot.engine.plain_schema import plain_schema
from pylot.kernel.errors import ModelAbilityError
from pylot.models.structured.validation import problem_of

_INTEGER = re.compile(r"[+-]?\d{1,15}(\.0{1,6})?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?")
_BOOLEANS = {"true": True, "false": False}


def coerced(value: object, schema: Mapping[str, Any]) -> object:
    """Return the value with its parts turned into what the schema wants; what fits or is beyond help stays.

    Whether the result fits is for the caller to check.
    """
    try:
        return _coerced(value, plain_schema(schema))
    except (ModelAbilityError, RecursionError):
        return value


def simplified(name: str) -> str:
    """Return a name without case, separators and signs, by which spellings of one name agree."""
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def _coerced(value: object, schema: Mapping[str, Any]) -> object:
    if "anyOf" in schema:
        return _coerced_to_one(value, schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return _chosen(value, schema.get("enum", [schema.get("const")]))
    coerce = _COERCIONS.get(str(schema.get("type")))
    return coerce(value, schema) if coerce else value


def _coerced_to_one(value: object, choices: list[Mapping[str, Any]]) -> object:
    if any(not problem_of(value, choice) for choice in choices):
        return value
    for choice in choices:
        changed = _coerced(value, choice)
        if not problem_of(changed, choice):
            return changed
    return value


def _chosen(value: object, options: list[object]) -> object:
    if any(type(value) is type(option) and value == option for option in options):
        return value
    spelled = str(value).strip().casefold()
    same = [option for option in options if str(option).casefold() == spelled]
    return same[0] if len(same) == 1 else value


def _object(value: object, schema: Mapping[str, Any]) -> object:
    value = _read(value, dict)
    if not isinstance(value, dict):
        return value
    properties, required = schema.get("properties", {}), schema.get("required", ())
    out: dict[str, object] = {}
    for name, each in value.items():
        known = name if name in properties else _renamed(name, [it for it in properties if it not in value])
        if known in properties:
            if each is None and known not in required and problem_of(None, properties[known]):
                # Some models write null for what they leave out.
                continue
            out.setdefault(known, _coerced(each, properties[known]))
        elif schema.get("additionalProperties") is not False:
            out[name] = each
    return out


def _renamed(name: str, absent: list[str]) -> str:
    same = [each for each in absent if simplified(each) == simplified(name)]
    return same[0] if len(same) == 1 else name


def _array(value: object, schema: Mapping[str, Any]) -> object:
    value = _read(value, list)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [_coerced(each, schema.get("items", {})) for each in values]


def _integer(value: object, _schema: Mapping[str, Any]) -> object:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(float(value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: object, _schema: Mapping[str, Any]) -> object:
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else value


def _boolean(value: object, _schema: Mapping[str, Any]) -> object:
    return _BOOLEANS.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _string(value: object, _schema: Mapping[str, Any]) -> object:
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def _null(value: object, _schema: Mapping[str, Any]) -> object:
    return None if isinstance(value, str) and value.strip().casefold() in ("", "null", "none") else value


def _read(value: object, kind: type) -> object:
    """Return what a text says that is JSON once more, or the value."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return inner if isinstance(inner, kind) else value
    return value


_COERCIONS: dict[str, Callable[[object, Mapping[str, Any]], object]] = {
    "object": _object,
    "array": _array,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "string": _string,
    "null": _null,
}
