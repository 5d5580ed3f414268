"""Bytes in and out over standard input and output, without ever blocking the event loop.

One daemon thread reads and one writes: neither can keep the process alive,
and a client that stops reading costs a bounded queue, not a blocked loop (test T27).
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable

_CHUNK = 64 * 1024
HIGH_WATER = 8 * 1024 * 1024
LOW_WATER = 1024 * 1024


def claim_stdio() -> tuple[int, int]:
    """Return private descriptors for the protocol's input and output.

    From now on whatever else reads standard input finds it empty, and whatever else prints, natively or not,
    prints to standard error: stdout carries only the protocol.
    """
    sys.stdout.flush()
    protocol_in, protocol_out = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0, inheritable=True)
    try:
        os.dup2(2, 1, inheritable=True)
    except OSError:
        os.dup2(null, 1, inheritable=True)
    os.close(null)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(protocol_in, os.O_BINARY)
        msvcrt.setmode(protocol_out, os.O_BINARY)
    return protocol_in, protocol_out


class ByteWriter:
    """Queue bytes for the client; `write` returns at once and may be called from any thread."""

    def __init__(self, descriptor: int, on_broken: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._on_broken = on_broken
        self._condition = threading.Condition()
        self._queue: deque[bytes] = deque()
        self._n_queued = 0
        self._broken = False
        self._relieved = threading.Event()
        self._relieved.set()
        threading.Thread(target=self._run, name="lsp-writer", daemon=True).start()

    @property
    def congested(self) -> bool:
        """Whether the client has stopped reading for so long that nothing optional should be added."""
        return not self._relieved.is_set()

    def write(self, data: bytes) -> None:
        """Queue bytes; they are dropped once the client is gone."""
        with self._condition:
            if self._broken:
                return
            self._queue.append(data)
            self._n_queued += len(data)
            if self._n_queued > HIGH_WATER:
                self._relieved.clear()
            self._condition.notify_all()

    def wait_until_relieved(self) -> None:
        """Block the calling thread while the client does not take what is queued."""
        self._relieved.wait()

    def drain(self, timeout: float) -> None:
        """Block until everything is written, the client is gone or the seconds are over."""
        with self._condition:
            self._condition.wait_for(lambda: self._broken or self._n_queued == 0, timeout)

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._queue)
                data = self._queue.popleft()
            try:
                _write_all(self._descriptor, data)
            except OSError:
                self._give_up()
                return
            with self._condition:
                self._n_queued -= len(data)
                if self._n_queued < LOW_WATER:
                    self._relieved.set()
                self._condition.notify_all()

    def _give_up(self) -> None:
        with self._condition:
            self._broken = True
            self._queue.clear()
            self._relieved.set()
            self._condition.notify_all()
        self._on_broken()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_in_thread(descriptor: int, on_bytes: Callable[[bytes], bool], on_end: Callable[[], None]) -> None:
    """Hand over what arrives, from a thread, until it ends or `on_bytes` returns false."""

    def run() -> None:
        while True:
            try:
                data = os.read(descriptor, _CHUNK)
            except OSError:
                data = b""
            if not data:
                on_end()
                return
            if not on_bytes(data):
                return

    threading.Thread(target=run, name="lsp-reader", daemon=True).start()
