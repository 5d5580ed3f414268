"""Give identifiers other names, the same everywhere, so that copying from the context pays more than memory.

The names that many files use (`append`, `length`, keywords) stay: they are the language.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence

IDENTIFIER = re.compile(r"[A-Za-z_]\w{3,}")
_STYLES = (
    ("upper", re.compile(r"_*[A-Z][A-Z0-9_]+")),
    ("pascal", re.compile(r"_*[A-Z]\w*")),
    ("snake", re.compile(r"\w*[a-z0-9]_\w+")),
    ("camel", re.compile(r"[a-z]+[A-Z]\w*")),
)
_COMMON_SHARE = 0.01
_LONGEST_NAME = 24


class Renamer:
    """Knows which names are common and has others to give."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Learn names from a sample of files."""
        in_files = Counter(name for text in texts for name in set(IDENTIFIER.findall(text)))
        self._common = {name for name, n_files in in_files.items() if n_files > max(1, _COMMON_SHARE * len(texts))}
        self._names: dict[str, list[str]] = {}
        for name in sorted(in_files):
            if name not in self._common and len(name) <= _LONGEST_NAME:
                self._names.setdefault(_style(name), []).append(name)

    def renaming(self, texts: Sequence[str], rng: random.Random) -> Callable[[str], str]:
        """Return a function that renames a share of the names that `texts` repeat, alike in whatever it is given."""
        counts = Counter(name for text in texts for name in IDENTIFIER.findall(text))
        share = rng.uniform(0.2, 0.8)
        new_names: dict[str, str] = {}
        for name, n_times in counts.items():
            if n_times > 1 and name not in self._common and rng.random() < share:
                new = rng.choice(self._names.get(_style(name)) or [name])
                if new not in counts:
                    new_names[name] = new
        return lambda text: IDENTIFIER.sub(lambda found: new_names.get(found[0], found[0]), text)


def _style(name: str) -> str:
    return next((style for style, pattern in _STYLES if pattern.fullmatch(name)), "lower")
