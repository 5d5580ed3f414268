r"""Frames of the base protocol (LSP 3.18, "Base Protocol"): a header, an empty line, a body of known length.

The reader finds its way back after anything that is no frame. Two facts make that sound:
a header may be looked for in the middle of a line, because what stands before it can only be stray bytes;
and a body that holds a raw `\r\n\r\n` after a `Content-Length` is no JSON (strings escape their line ends),
so a length that claims too much is found out as soon as the next frame arrives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_HEADER = 8 * 1024
MAX_BODY = 64 * 1024 * 1024
MAX_STRAY = 1024 * 1024

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_HEADER_BEGINNING = re.compile(rb"(?i)content-length:[ \t]*\d*\r?\n?\r?")
_LENGTH = re.compile(rb"(?im)content-length[ \t]*:[ \t]*(\d{1,19})[ \t]*\r?$")


class NotLspError(Exception):
    """The other side does not speak LSP at all; the sentence says so."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of one message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes that were no message; the sentence is for the log and quotes none of them."""

    sentence: str


class FrameReader:
    """Cut a stream of bytes into bodies, whatever the stream holds.

    Never keeps more than one body and one header in memory.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._discarding = False
        self._n_scanned = 0
        self._n_stray = 0

    def feed(self, data: bytes) -> Iterator[Body | Skipped]:
        """Take bytes and yield what they complete.

        Raises:
            NotLspError: a megabyte went by without a single frame.
        """
        self._buffer += data
        while True:
            if self._length is None:
                skipped = self._take_header()
                if skipped is not None:
                    yield skipped
                elif self._length is None:
                    return
            else:
                event = self._take_body(self._length)
                if event is None:
                    return
                yield event

    def _take_header(self) -> Skipped | None:
        match = _HEADER_END.search(self._buffer)
        if match is None:
            n_stray = max(len(self._buffer) - MAX_HEADER, 0)
            del self._buffer[:n_stray]
            self._count_stray(n_stray)
            return None
        block = bytes(self._buffer[: match.start()])
        del self._buffer[: match.end()]
        self._length = _claimed_length(block)
        if self._length is None:
            self._count_stray(match.end())
            return Skipped("Skipped bytes before a message because they are no header with a valid Content-Length.")
        self._n_scanned = 0
        self._discarding = self._length > MAX_BODY
        if self._discarding:
            return Skipped("Skipped a message because it claims to be larger than 64 MiB.")
        return None

    def _take_body(self, length: int) -> Body | Skipped | None:
        header_at = self._find_header(min(length, len(self._buffer)))
        if header_at is not None:
            del self._buffer[:header_at]
            self._length = None
            return Skipped("Skipped a message because the next one begins before its Content-Length is reached.")
        if self._discarding:
            return self._discard(length)
        if len(self._buffer) < length:
            return None
        data = bytes(self._buffer[:length])
        data = data[: len(data) - _n_foreign(data)]
        del self._buffer[: len(data)]
        self._length, self._n_stray = None, 0
        return Body(data)

    def _discard(self, length: int) -> Skipped | None:
        """Drop what has arrived of a body that is too large, but for a tail in which a header may have begun."""
        if len(self._buffer) >= length:
            del self._buffer[:length]
            self._length = None
            return Skipped("The end of a message that was too large has been reached.")
        n_dropped = max(len(self._buffer) - MAX_HEADER, 0)
        del self._buffer[:n_dropped]
        self._n_scanned = max(self._n_scanned - n_dropped, 0)
        self._length = length - n_dropped
        return None

    def _find_header(self, end: int) -> int | None:
        """Return where the next frame's header begins inside the body at hand, or None."""
        header_end = self._buffer.find(b"\r\n\r\n", max(self._n_scanned - 3, 0), end)
        while header_end >= 0:
            start = max(header_end - MAX_HEADER, 0)
            matches = list(_LENGTH.finditer(self._buffer[start : header_end + 1]))
            if matches:
                return start + matches[-1].start()
            header_end = self._buffer.find(b"\r\n\r\n", header_end + 1, end)
        self._n_scanned = end
        return None

    def _count_stray(self, n_bytes: int) -> None:
        self._n_stray += n_bytes
        if self._n_stray > MAX_STRAY:
            raise NotLspError("The input is not LSP: a megabyte went by without a message.")


def _claimed_length(block: bytes) -> int | None:
    matches = _LENGTH.findall(block)
    return int(matches[-1]) if matches else None


def _n_foreign(data: bytes) -> int:
    """Return how many bytes at the end of a body belong to the next frame because the length was a little too large."""
    tail = data[data.rfind(b"}") + 1 :]
    is_foreign = b"content-length:".startswith(tail.lower()) or _HEADER_BEGINNING.fullmatch(tail)
    return len(tail) if is_foreign else 0


def frame(body: bytes) -> bytes:
    """Return a body with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
