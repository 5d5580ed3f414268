"""Text that can be written down: halves of characters, which models and odd file names hold, are replaced."""

from __future__ import annotations

import re
from typing import TypeVar

_HALF = re.compile("[\ud800-\udfff]")
T = TypeVar("T")


def well_formed(value: T) -> T:
    """Return a JSON value without lone surrogates, which neither UTF-8 nor a log can hold."""
    return _cleaned(value)  # type: ignore[return-value]


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return _HALF.sub("�", value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    return value
