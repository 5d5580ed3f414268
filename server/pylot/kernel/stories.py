"""Tell the log where an error came from, without the user's code."""

from __future__ import annotations

import traceback


def story(error: BaseException) -> str:
    """Return where an error came from, for the log.

    The error's own text is left out: it may quote the user's code (P4).
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return f"{type(error).__name__}{places}"
