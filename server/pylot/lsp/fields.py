"""Read the fields of untrusted parameters: either a value of the right kind, or a sentence saying which is wrong.

Unknown fields are left alone: clients add their own, and the protocol grows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pylot.lsp.errors import InvalidParamsError

Fields = Mapping[str, Any]


def fields_of(raw: object) -> Fields:
    """Return parameters that must be an object."""
    if not isinstance(raw, Mapping):
        raise InvalidParamsError("The parameters must be an object.")
    return raw


def mapping(fields: Fields, name: str) -> Fields:
    """Return a field that must be an object."""
    value = fields.get(name)
    if not isinstance(value, Mapping):
        raise InvalidParamsError(f"`{name}` must be an object.")
    return value


def sequence(fields: Fields, name: str) -> Sequence[Any]:
    """Return a field that must be an array."""
    value = fields.get(name)
    if not isinstance(value, list):
        raise InvalidParamsError(f"`{name}` must be an array.")
    return value


def string(fields: Fields, name: str) -> str:
    """Return a field that must be a string."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise InvalidParamsError(f"`{name}` must be a string.")
    return value


def integer(fields: Fields, name: str) -> int:
    """Return a field that must be a whole number."""
    value = as_integer(fields.get(name))
    if value is None:
        raise InvalidParamsError(f"`{name}` must be a whole number.")
    return value


def unsigned(fields: Fields, name: str) -> int:
    """Return a field that must be a whole number and not negative."""
    value = integer(fields, name)
    if value < 0:
        raise InvalidParamsError(f"`{name}` must not be negative.")
    return value


def as_integer(value: object) -> int | None:
    """Return a whole number (some clients write `1.0`), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def at(raw: object, *names: str) -> Any:
    """Return what a path of optional objects leads to, or None."""
    for name in names:
        if not isinstance(raw, Mapping):
            return None
        raw = raw.get(name)
    return raw
