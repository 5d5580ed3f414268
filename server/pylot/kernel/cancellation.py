"""What an editor's request can still say while it is being answered, down to the decode loop: stop, or hurry."""

from __future__ import annotations

from collections.abc import Callable


class CancellationToken:
    """Say once, to everyone who listens, that an answer is no longer wanted.

    It can also say, once, that somebody has begun to wait for an answer that was made ahead of time.
    Owned by one event loop; `cancel` and `hurry` are idempotent and run the callbacks at once, in order.
    """

    def __init__(self) -> None:
        self._reason: str | None = None
        self._callbacks: list[Callable[[str], None]] = []
        self._hurried = False
        self._on_hurry: list[Callable[[], None]] = []

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
        self._on_hurry.clear()
        for callback in callbacks:
            callback(reason)

    def hurry(self) -> None:
        """Say that somebody waits for the answer now."""
        if self._hurried:
            return
        self._hurried = True
        callbacks, self._on_hurry = self._on_hurry, []
        for callback in callbacks:
            callback()

    def on_hurry(self, callback: Callable[[], None]) -> None:
        """Call `callback` once somebody waits (at once if that has happened), until the token is cancelled."""
        if self._hurried:
            callback()
        elif not self.cancelled:
            self._on_hurry.append(callback)

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
