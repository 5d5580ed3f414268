"""How each model is best asked for calls, found out once and kept per model (T10)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from pylot.models.structured.values import Form
from pylot.storage.atomic_file import write_text
from pylot.storage.lock import hold_lock

_log = logging.getLogger(__name__)
_FILE = "tool-forms.json"
# To be raised when asking or reading has changed so much that old verdicts mean nothing.
_VERSION = 1
_MOST_KEPT = 200
_LOCK_SECONDS = 1.0


class Verdicts:
    """The best form by model, in a small file of the data directory; a broken file holds no verdicts.

    `probing` is held by whoever finds a verdict out, so that nobody else does at the same time.
    """

    def __init__(self, folder: Path) -> None:
        self.probing = asyncio.Lock()
        self._path = folder / _FILE
        self._known: dict[str, Form] | None = None

    def get(self, identity: str) -> Form | None:
        """Return the form that a model was found to be best at, or None while it is unknown."""
        if self._known is None:
            self._known = _read(self._path)
        return self._known.get(_key(identity))

    async def keep(self, identity: str, form: Form) -> None:
        """Keep a verdict; where it cannot be written it holds until the process ends."""
        self.get(identity)
        assert self._known is not None
        self._known[_key(identity)] = form
        try:
            await asyncio.to_thread(self._write, _key(identity), form)
        except OSError as error:
            _log.warning("the form of tool calls could not be kept: %s", error.strerror)

    def _write(self, key: str, form: Form) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with hold_lock(self._path.with_suffix(".lock"), _LOCK_SECONDS):
            known = _read(self._path)
            known.pop(key, None)
            # The newest come last and stay longest.
            kept = dict([*known.items(), (key, form)][-_MOST_KEPT:])
            values = {"version": _VERSION, "forms": {name: each.value for name, each in kept.items()}}
            write_text(self._path, json.dumps(values, indent=1))


def _key(identity: str) -> str:
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _read(path: Path) -> dict[str, Form]:
    values: Any = {}
    with contextlib.suppress(OSError, ValueError, RecursionError):
        values = json.loads(path.read_text(encoding="utf-8"))
    forms = values.get("forms") if isinstance(values, dict) and values.get("version") == _VERSION else None
    known = {}
    for key, name in forms.items() if isinstance(forms, dict) else ():
        with contextlib.suppress(ValueError):
            known[str(key)] = Form(name)
    return known
