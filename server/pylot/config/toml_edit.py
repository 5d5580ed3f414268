"""Change single values of a TOML text and leave everything else as its owner wrote it."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pylot.config.layers import Key, put
from pylot.kernel.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Plain = str | int | bool | list[str]


def set_value(text: str, key: Key, value: Plain | Mapping[str, Plain]) -> str:
    """Return the text with a value, or a table of values, at a full key; comments and layout stay.

    Raises:
        ConfigError: the text is no TOML, or is written so that it can only be changed by hand.
    """
    import tomlkit

    wanted = _parse(text)
    plain = dict(value) if isinstance(value, Mapping) else value
    put(wanted, key, plain)
    document = tomlkit.parse(text)
    with _ByHand(key, plain):
        table: Any = document
        for name in key[:-1]:
            if name not in table:
                table.add(name, tomlkit.table(is_super_table=True))
            table = table[name]
        if isinstance(plain, dict):
            fresh = tomlkit.table()
            for name, each in plain.items():
                fresh.add(name, each)
            table[key[-1]] = fresh
        else:
            table[key[-1]] = plain
        return _checked(document, wanted)


def remove_key(text: str, key: Key) -> str:
    """Return the text without the value or table at a full key; without change when it is not there.

    Raises:
        ConfigError: the text is no TOML, or is written so that it can only be changed by hand.
    """
    import tomlkit

    wanted = _parse(text)
    parent: Any = wanted
    for name in key[:-1]:
        parent = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(parent, dict) or key[-1] not in parent:
        return text
    del parent[key[-1]]
    document = tomlkit.parse(text)
    with _ByHand(key, None):
        table: Any = document
        for name in key[:-1]:
            table = table[name]
        del table[key[-1]]
        return _checked(document, wanted)


class _ByHand:
    """Turn a library's failure into a sentence that says what to write."""

    def __init__(self, key: Key, value: object) -> None:
        self._key = ".".join(key)
        self._value = value

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            change = f"remove {self._key}" if self._value is None else f"set {self._key} to {self._value!r}"
            raise ConfigError(
                f"pylot.toml is written in a way that Pylot cannot change: {change} by hand.", detail=repr(error)
            ) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError("pylot.toml is no valid TOML; `pylot config check` says where.") from error


def _checked(document: TOMLDocument, wanted: Mapping[str, Any]) -> str:
    """Return the new text, if it says what was wanted and nothing else."""
    text = document.as_string()
    if _without_empty(tomllib.loads(text)) != _without_empty(copy.deepcopy(dict(wanted))):
        raise ValueError("the change had another effect")
    return text


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out tables without content, which mean nothing."""
    kept = {name: _without_empty(each) if isinstance(each, dict) else each for name, each in values.items()}
    return {name: each for name, each in kept.items() if each != {}}
