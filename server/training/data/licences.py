"""Is a declared licence one of those that training data may have?

Only PSF, MIT, BSD, ISC and Apache-2.0 count; what is not recognised is left out rather than guessed.
"""

from __future__ import annotations

import re

_NAMES = (
    (r"apache(?:[- ]?(?:software )?licen[cs]e)?,?[- ]*(?:version )?v?2(?:\.0)?(?:-only|-or-later)?(?: licen[cs]e)?|apache software license|apache", "Apache-2.0"),
    (r"(?:the )?mit(?:[- ]license| licence)?(?: \(mit\))?|mit-cmu", "MIT"),
    (r"isc(?:[- ]license(?: \(iscl\))?)?", "ISC"),
    (r"(?:new |modified |revised |simplified )?bsd(?:[- ][234](?:[- ]clause)?)?(?:[- ]license)?(?:[- \"(]*(?:revised|new|simplified|3-clause|2-clause)[\") ]*)?(?:[- ]license)?|[23][- ]clause bsd(?: license)?|bsd-[23]-clause(?: license)?|0bsd", "BSD"),
    (r"psf(?:[- ]?2\.0|-license)?|python software foundation license|python-2\.0(?:\.1)?", "PSF-2.0"),
)  # fmt: skip
_PERMISSIVE = [(re.compile(pattern), name) for pattern, name in _NAMES]


def permissive_name(declared: str) -> str | None:
    """Return the licence as it is known here (`MIT AND BSD`), or None when it may not be used.

    `declared` is an SPDX expression, a trove classifier's last part, or what a project wrote by hand.
    """
    text = re.sub(r"\s+", " ", declared.strip().lower())
    alternatives = [_conjunction(part) for part in re.split(r"\s+or\s+|\s*/\s*", text.strip("()"))]
    known = [name for name in alternatives if name]
    return known[0] if known else None


def _conjunction(text: str) -> str | None:
    names = [_single(part) for part in re.split(r"\s+and\s+|;\s*", text)]
    return " AND ".join(sorted({name for name in names if name})) if all(names) else None


def _single(text: str) -> str | None:
    cleaned = text.strip(" .,'\"()")
    for candidate in (cleaned, text.strip(" .,'\"")):
        for pattern, name in _PERMISSIVE:
            if pattern.fullmatch(candidate):
                return name
    return None
