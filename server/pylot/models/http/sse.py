"""Server-sent events, parsed as the bytes come (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from dataclasses import dataclass

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLargeError(ValueError):
    """A line or an event exceeds its limit."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event; `is_damaged` says that some of its bytes were no UTF-8 and have been replaced."""

    data: str
    kind: str = "message"
    is_damaged: bool = False


class SseParser:
    """Turn bytes, split anywhere, into events; what was begun when the bytes end is dropped, as the standard says."""

    def __init__(self, *, max_line: int = 1 << 20, max_event: int = 4 << 20) -> None:
        self._max_line = max_line
        self._max_event = max_event
        self._pending = bytearray()
        self._after_return = False
        self._at_start = True
        self._data: list[str] = []
        self._n_data = 0
        self._kind = ""
        self._is_damaged = False

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that these bytes complete.

        Raises:
            EventTooLargeError: a line or an event has become too long to go on.
        """
        events: list[ServerSentEvent] = []
        for line in self._lines(chunk):
            if self._at_start:
                line = line.removeprefix(_BYTE_ORDER_MARK)
                self._at_start = False
            if line:
                self._field(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)
        return events

    def _lines(self, chunk: bytes) -> list[bytes]:
        if self._after_return and chunk:
            # The line ended with the last chunk's \r; a \n here belongs to the same line end.
            chunk = chunk.removeprefix(b"\n")
            self._after_return = False
        self._pending += chunk
        if b"\n" not in chunk and b"\r" not in chunk:
            self._check(len(self._pending))
            return []
        self._after_return = chunk.endswith(b"\r")
        *lines, rest = bytes(self._pending).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._pending = bytearray(rest)
        for line in (*lines, rest):
            self._check(len(line))
        return lines

    def _check(self, size: int) -> None:
        if size > self._max_line:
            raise EventTooLargeError("line")

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._n_data += len(value) + 1
            if self._n_data > self._max_event:
                raise EventTooLargeError("event")
            self._data.append(self._text(value))
        elif name == b"event":
            self._kind = self._text(value)

    def _text(self, value: bytes) -> str:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            self._is_damaged = True
            return value.decode("utf-8", "replace")

    def _dispatch(self) -> ServerSentEvent | None:
        data, kind, is_damaged = self._data, self._kind, self._is_damaged
        self._data, self._n_data, self._kind, self._is_damaged = [], 0, "", False
        return ServerSentEvent("\n".join(data), kind or "message", is_damaged) if data else None
