"""LanceDB, loaded when it is first needed, and only in the process that owns the index.

Loading it takes a second and 170 MB.
"""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

# It would write to the terminal of whoever started this process, and take every core there is.
_ENVIRONMENT = {"LANCEDB_LOG": "off", "LANCE_CPU_THREADS": "1", "LANCE_IO_THREADS": "2"}


@cache
def lancedb() -> ModuleType | None:
    """Return the library, or None where it is not installed or does not load here."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import lancedb as library
    except (ImportError, OSError):
        return None
    return library


def loaded_lancedb() -> ModuleType:
    """Return the library where it is known to be there."""
    library = lancedb()
    assert library is not None
    return library
