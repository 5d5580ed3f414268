"""Tell where an error came from, without the user's code: to the log, and in short to the user."""

from __future__ import annotations

import traceback


def refusal(error: Exception) -> str:
    """Return what the system or a database says of why it refuses, without numbers and paths, for a sentence."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def story(error: BaseException) -> str:
    """Return where an error came from, for the log.

    The error's own text is left out: it may quote the user's code (P4).
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return f"{type(error).__name__}{places}"
