"""Cancellation that reaches from an editor's request down to the decode loop."""

from __future__ import annotations

from collections.abc import Callable


class CancellationToken:
    """Say once, to everyone who listens, that an answer is no longer wanted.

    Owned by one event loop; `cancel` is idempotent and runs the callbacks at once, in order.
    """

    def __init__(self) -> None:
        self._reason: str | None = None
        self._callbacks: list[Callable[[str], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody has cancelled."""
        return self._reason is not None

    @property
    def reason(self) -> str:
        """Why it was cancelled, or an empty string."""
        return self._reason or ""

    def cancel(self, reason: str) -> None:
        """Cancel with a reason for `pylot.explain`."""
        if self._reason is not None:
            return
        self._reason = reason
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(reason)

    def on_cancel(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call `callback` on cancellation (at once if it has happened); return how to unsubscribe."""
        if self._reason is not None:
            callback(self._reason)
            return lambda: None
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return unsubscribe
