"""The state of a prompt on disk: its tokens, what llama.cpp holds for them, and a note of whoever had it saved.

A file is only used by the very model, type of cache and build of llama.cpp that it was written with, and only when
every byte is as it was; all else is ignored, removed and told in one line of the log.
"""

from __future__ import annotations

import logging
import struct
import time
import zlib
from array import array
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from pylot.kernel.errors import PylotError
from pylot.storage.capped_folder import CappedFolder

_log = logging.getLogger(__name__)
STATES_FOLDER = "states"
_MAGIC = b"PYLOTKV1"
# Behind the magic: the lengths of identity, note, tokens and state, and the checksum of all four.
_LENGTHS = struct.Struct("<4QI")
_KEPT_SECONDS = 14 * 24 * 3600.0
_SAMPLE_BYTES = 1 << 16
_N_SAMPLES = 32


@dataclass(frozen=True, slots=True)
class SavedState:
    """`data` is what llama.cpp holds for `tokens`; `note` is the saver's own."""

    note: str
    tokens: list[int]
    data: bytes | bytearray


class SavedStates:
    """The states of one model; `identity` names everything that a state must agree with."""

    def __init__(self, folder: CappedFolder, identity: str) -> None:
        self._folder = folder
        self._identity = identity.encode()
        self._folder.trim(time.time() - _KEPT_SECONDS)

    def write(self, key: str, state: SavedState) -> int:
        """Keep a state in place of the one before it; return its bytes, 0 where there is no room."""
        note, tokens = state.note.encode("utf-8", "surrogatepass"), array("i", state.tokens).tobytes()
        parts = (self._identity, note, tokens, state.data)
        head = _MAGIC + _LENGTHS.pack(*map(len, parts), _checksum(parts))
        try:
            written = self._folder.write(self._name(key), (head, *parts))
        except (OSError, PylotError) as error:
            _log.warning("state not saved: %s", type(error).__name__)
            return 0
        return len(head) + sum(map(len, parts)) if written else 0

    def read(self, key: str) -> SavedState | None:
        """Return a state, None where there is none that can be used."""
        data = self._folder.read(self._name(key))
        if data is None:
            return None
        state = self._unpacked(data)
        if state is None:
            _log.warning("saved state ignored: damaged, or of another model")
            self.forget(key)
        return state

    def forget(self, key: str) -> None:
        """Remove a state."""
        self._folder.remove(self._name(key))

    def _unpacked(self, data: bytes) -> SavedState | None:
        start = len(_MAGIC) + _LENGTHS.size
        if len(data) < start or not data.startswith(_MAGIC):
            return None
        *lengths, checksum = _LENGTHS.unpack_from(data, len(_MAGIC))
        if len(data) != start + sum(lengths) or lengths[2] % 4:
            return None
        parts, view = [], memoryview(data)
        for length in lengths:
            parts.append(view[start : start + length])
            start += length
        if parts[0] != self._identity or _checksum(parts) != checksum:
            return None
        note = bytes(parts[1]).decode("utf-8", "surrogatepass")
        return SavedState(note, array("i", bytes(parts[2])).tolist(), bytes(parts[3]))

    def _name(self, key: str) -> str:
        # The name of a file must not tell which one the state belongs to.
        return blake2b(f"{self._identity!r} {key}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def file_identity(path: Path) -> str:
    """Return a digest of a model file's size, time and samples of its bytes; reading all of it would take seconds."""
    status = path.stat()
    digest = blake2b(f"{status.st_size} {status.st_mtime_ns}".encode(), digest_size=16)
    with path.open("rb") as file:
        for number in range(_N_SAMPLES):
            file.seek(status.st_size * number // _N_SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _checksum(parts: tuple[bytes | bytearray, ...] | list[memoryview]) -> int:
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return checksum
