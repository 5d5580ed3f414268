"""Errors that reach the event loop because nobody else took them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from pylot.kernel.stories import story

logger = logging.getLogger(__name__)


def log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Write an event loop's error to the log without the user's code (P4).

    asyncio's own handler writes the error's text and the arguments of the callback, such as messages of the client.
    """
    error = context.get("exception")
    # Only beside an error does asyncio's message quote anything.
    told = story(error) if isinstance(error, BaseException) else context.get("message", "")
    logger.error("The event loop met an error: %s", told)
