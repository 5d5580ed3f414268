"""Is a declared licence one of those that training data may have?

Only PSF, MIT, BSD, ISC and Apache-2.0 count; what is not recognised is left out rather than guessed.
"""

from __future__ import annotations

import re

# For each licence, the words that must be there and those that may be.
_PERMISSIVE = (
    ("MIT", {"mit"}, {"cmu"}),
    ("BSD", {"bsd"}, {"0", "2", "3", "4", "new", "revised", "modified", "simplified"}),
    ("ISC", {"isc"}, {"iscl"}),
    ("Apache-2.0", {"apache"}, {"2", "0"}),
    ("PSF-2.0", {"psf"}, {"2", "0"}),
    ("PSF-2.0", {"python"}, {"2", "0", "1"}),
)
_FILLING = frozenset(
    ["the", "license", "licence", "version", "v", "clause", "software", "foundation", "only", "or", "later"]
)


def permissive_name(declared: str) -> str | None:
    """Return the licence as it is known here (`BSD AND MIT`), or None when it may not be used.

    `declared` is an SPDX expression, a trove classifier's last part, or what a project wrote by hand.
    """
    text = declared.strip().lower().removeprefix("(").removesuffix(")")
    alternatives = (_all_of(part) for part in re.split(r"\s+or\s+(?!later)|\s*/\s*", text))
    return next((name for name in alternatives if name), None)


def _all_of(text: str) -> str | None:
    names = [_single(part) for part in re.split(r"\s+and\s+|;\s*", text)]
    return " AND ".join(sorted({name for name in names if name})) if all(names) else None


def _single(text: str) -> str | None:
    words = set(re.findall(r"[a-z]+|\d", text)) - _FILLING
    return next((name for name, needed, allowed in _PERMISSIVE if needed <= words <= needed | allowed), None)
