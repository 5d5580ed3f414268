"""What engines really took, kept so that the next estimate is a measurement (requirement I11)."""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path
from typing import Any

from pylot.engine.resources import LoadOptions, Measured
from pylot.storage.atomic_file import write_text
from pylot.storage.lock import hold_lock

_log = logging.getLogger(__name__)
_FILE = "memory.json"
_MOST_KEPT = 200
_LOCK_SECONDS = 1.0


class MeasuredPeaks:
    """Peak bytes by model file and options, in a small file of the data directory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def for_model(self, model: Path) -> Measured:
        """Return a function from options to the peak that this file reached with them, if it ever ran so."""
        known = self._read()
        return lambda options: known.get(_key(model, options))

    def record(self, model: Path, options: LoadOptions, peak_bytes: int) -> None:
        """Keep a peak; a smaller one than before is from a run that had less to do."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with hold_lock(self._path.with_suffix(".lock"), _LOCK_SECONDS):
                known, key = self._read(), _key(model, options)
                # The newest come last and stay longest.
                peak = max(peak_bytes, known.pop(key, 0))
                kept = dict([*known.items(), (key, peak)][-_MOST_KEPT:])
                write_text(self._path, json.dumps(kept, indent=1))
        except OSError as error:
            _log.warning("the measured memory could not be kept: %s", error.strerror)

    def _read(self) -> dict[str, int]:
        values: Any = {}
        with contextlib.suppress(OSError, ValueError, RecursionError):
            values = json.loads(self._path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            return {}
        return {key: peak for key, peak in values.items() if type(peak) is int and peak > 0}


def _key(model: Path, options: LoadOptions) -> str:
    try:
        status = model.stat()
    except OSError:
        return ""
    file = f"{model.name} {status.st_size} {status.st_mtime_ns}"
    repack = "repack" if options.repack else "no-repack"
    return f"{file} ctx={options.n_ctx} kv={options.kv_type} {repack} gpu={options.n_gpu_layers}"
