"""Work that the user can end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import OperationCancelledError

_T = TypeVar("_T")


async def until_cancelled(token: CancellationToken, work: Coroutine[Any, Any, _T]) -> _T:
    """Await work until a token is cancelled, and cancel the token when nobody awaits it any more.

    Raises:
        OperationCancelledError: the token was cancelled.
    """
    task = asyncio.ensure_future(work)

    def end(_: str) -> None:
        task.cancel()

    unsubscribe = token.on_cancel(end)
    try:
        return await task
    except asyncio.CancelledError:
        if token.cancelled:
            raise OperationCancelledError("It was cancelled, and nothing was changed.") from None
        raise
    finally:
        unsubscribe()
        # Whoever stopped waiting, the model must stop too.
        token.cancel("nobody waits any more")
        task.cancel()
