"""Names of what is kept for good: unique across processes, short enough to type."""

from __future__ import annotations

import secrets


def new_id(kind: str) -> str:
    """Return a new name such as `task-3f9a21c07b`."""
    return f"{kind}-{secrets.token_hex(5)}"
