"""Which files of the workspace read like the lines before the cursor: an index by the hashes of lines.

It answers from memory, and holds every file compressed beside its hashes, because a workspace is large and a server
is small: about a third of the text's size, within a bound.
One thread may write while others read: what readers look at is replaced whole.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeAlias

from pylot.completion.flat_text import flatten
from pylot.completion.packed_file import PackedFile, UnpackedFile

MAX_BYTES = 64 << 20
_MAX_FILES = 1 << 15
_SLOT_BITS = 15
_SLOT_MASK = (1 << _SLOT_BITS) - 1
_HASH_MASK = (1 << (64 - _SLOT_BITS)) - 1
# So many segments of one size become one; those longer than this stay as they are.
_FAN_IN = 4
_LONG_SEGMENT = 1 << 17
# Sorting is one step for the interpreter, so more of it at once would hold up the thread that answers.
_PIECE = 2_048
_BEYOND_ALL = 1 << 64
# A line that so many files of one segment share says nothing about any of them.
_MAX_SHARING = 24
_LEAST_LINE = 6
_BEGINNING = 12
_MAX_FOUND = 8
_MAX_UNPACKED = 32
# What one look may unpack, and what is not worth holding.
_MAX_UNPACKED_CHARACTERS = 200_000
_MAX_CHARACTERS = 200_000
_OVERHEAD = 400

_Segment: TypeAlias = "array[int]"


class LineIndex:
    """Hold the files of a workspace within `max_bytes`, and find those that share lines with a place."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._slots: dict[str, int] = {}
        self._files: dict[int, tuple[PackedFile, int]] = {}
        self._free = list(range(_MAX_FILES - 1, -1, -1))
        self._dead: set[int] = set()
        self._n_dead = 0
        self._n_text_bytes = 0
        self._segments: tuple[_Segment, ...] = ()
        self._unpacked: OrderedDict[int, UnpackedFile] = OrderedDict()

    @property
    def n_files(self) -> int:
        """How many files can be found."""
        return len(self._slots)

    @property
    def n_bytes(self) -> int:
        """About how much memory is held."""
        return self._n_text_bytes + 8 * self._n_entries

    def put(self, path: str, text: str) -> bool:
        """Take in the text of a file, new or changed; false when there is no room for it."""
        self.remove(path)
        if len(text) > _MAX_CHARACTERS:
            return True
        file = PackedFile(path, text)
        keys = line_keys(flatten(text))
        n_bytes = file.n_bytes + 8 * len(keys) + _OVERHEAD
        if not self._has_room(n_bytes):
            self._sweep()
            if not self._has_room(n_bytes):
                return False
        slot = self._free.pop()
        self._files[slot] = (file, len(keys))
        self._slots[path] = slot
        self._n_text_bytes += file.n_bytes + _OVERHEAD
        self._segments = _with(self._segments, array("Q", sorted(key << _SLOT_BITS | slot for key in keys)))
        return True

    def remove(self, path: str) -> None:
        """Forget a file."""
        slot = self._slots.pop(path, None)
        if slot is None:
            return
        file, n_keys = self._files.pop(slot)
        self._unpacked.pop(slot, None)
        self._dead.add(slot)
        self._n_dead += n_keys
        self._n_text_bytes -= file.n_bytes + _OVERHEAD
        if self._n_dead > max(_LONG_SEGMENT, self._n_entries // 4):
            self._sweep()

    def remove_below(self, folder: str) -> None:
        """Forget every file in a folder that is gone."""
        for path in [path for path in self._slots if path.startswith((f"{folder}/", f"{folder}\\"))]:
            self.remove(path)

    def paths_like(self, before: str) -> list[str]:
        """Return the files that share most with the end of a flat text, the most alike first."""
        return [self._files[slot][0].path for slot in self._slots_like(before) if slot in self._files]

    def files_like(self, before: str, allowed: Callable[[str], bool]) -> Iterator[UnpackedFile]:
        """Yield at most 8 allowed files that share most with the end of a flat text, the most alike first."""
        n_left, n_characters = _MAX_FOUND, _MAX_UNPACKED_CHARACTERS
        for slot in self._slots_like(before):
            found = self._files.get(slot)
            if found is None or not allowed(found[0].path):
                continue
            if (known := self._unpacked.get(slot)) is None:
                if found[0].n_characters > n_characters:
                    continue
                n_characters -= found[0].n_characters
                known = self._unpack(slot, found[0])
            yield known
            n_left -= 1
            if n_left == 0:
                return

    def _slots_like(self, before: str) -> list[int]:
        scores: Counter[int] = Counter()
        for key, weight in place_keys(before):
            for segment in self._segments:
                at = bisect_left(segment, key << _SLOT_BITS)
                for entry in segment[at : at + _MAX_SHARING]:
                    if entry >> _SLOT_BITS != key:
                        break
                    scores[entry & _SLOT_MASK] += weight
        return sorted(scores, key=lambda slot: (-scores[slot], slot))[: 8 * _MAX_FOUND]

    def _unpack(self, slot: int, file: PackedFile) -> UnpackedFile:
        unpacked = self._unpacked[slot] = file.unpack()
        while len(self._unpacked) > _MAX_UNPACKED:
            self._unpacked.popitem(last=False)
        return unpacked

    def _has_room(self, n_bytes: int) -> bool:
        return bool(self._free) and self.n_bytes + n_bytes <= self._max_bytes

    @property
    def _n_entries(self) -> int:
        return sum(map(len, self._segments))

    def _sweep(self) -> None:
        """Take the entries of forgotten files out, so that their room and their numbers can be used again."""
        dead, self._dead, self._n_dead = self._dead, set(), 0
        if not dead:
            return
        self._segments = tuple(
            # A list would become an array in one long step.
            array("Q", (entry for entry in segment if entry & _SLOT_MASK not in dead))
            for segment in self._segments
        )
        self._free += sorted(dead, reverse=True)


def line_keys(flat: str) -> set[int]:
    """Return what a flat text can be found by: its lines, pairs of lines, and beginnings of lines."""
    keys = set[int]()
    above = ""
    for line in flat.split("\n"):
        line = line.rstrip()
        if not line:
            continue
        if len(line) >= _LEAST_LINE:
            keys.add(hash(line) & _HASH_MASK)
            if above:
                keys.add(hash(above + "\n" + line) & _HASH_MASK)
            if len(line) > _BEGINNING:
                keys.add(hash("\t" + line[:_BEGINNING]) & _HASH_MASK)
        above = line
    return keys


def place_keys(before: str) -> list[tuple[int, int]]:
    """Return what the end of a flat text should be looked up by, each with how much it says."""
    start = before.rfind("\n") + 1
    typed = before[start:]
    lines = [line for each in before[max(0, start - 2_000) : start].split("\n") if (line := each.rstrip())][-2:]
    keys = []
    if lines and len(lines[-1]) >= _LEAST_LINE:
        keys.append((hash(lines[-1]) & _HASH_MASK, 2))
        if len(lines) == 2:
            keys.append((hash("\n".join(lines)) & _HASH_MASK, 4))
    if len(typed) >= _BEGINNING:
        keys.append((hash("\t" + typed[:_BEGINNING]) & _HASH_MASK, 3))
    return keys


def _with(segments: tuple[_Segment, ...], new: _Segment) -> tuple[_Segment, ...]:
    """Return the segments and a new one, merged so that there stay few: four of one size become one of the next."""
    rest = [*segments, new]
    while True:
        n_alike = 0
        while n_alike < len(rest) and _size(rest[-1 - n_alike]) <= min(
            _size(rest[-1]), _LONG_SEGMENT.bit_length() // 2
        ):
            n_alike += 1
        if n_alike < _FAN_IN:
            return tuple(rest)
        rest[-n_alike:] = [_merged(rest[-n_alike:])]


def _size(segment: _Segment) -> int:
    """Return the class of a length: each holds what is four times as long as the one before."""
    return len(segment).bit_length() // 2


def _merged(segments: list[_Segment]) -> _Segment:
    merged: _Segment = array("Q")
    starts = [0] * len(segments)
    for bound in (*max(segments, key=len)[_PIECE::_PIECE], _BEYOND_ALL):
        stops = [bisect_left(segment, bound, start) for segment, start in zip(segments, starts, strict=True)]
        pieces = [segment[start:stop] for segment, start, stop in zip(segments, starts, stops, strict=True)]
        merged.extend(array("Q", sorted(chain.from_iterable(pieces))))
        starts = stops
    return merged
