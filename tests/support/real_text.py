"""Real code to type: a file of the standard library, as long as it is in every Python."""

from __future__ import annotations

import itertools
import sysconfig
from pathlib import Path


def real_text(n_lines: int = 400, module: str = "textwrap") -> str:
    """Return the beginning of a module, repeated where it is too short."""
    path = Path(sysconfig.get_paths()["stdlib"]) / f"{module}.py"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(itertools.islice(itertools.cycle(lines), n_lines))


TYPED = """\
    def _count_chunks(self, text):
        total = 0
        chunks = self._split_chunks(text)
        for chunk in chunks:
            if chunk.strip() == '':
                total += self.tabsize
            else:
                total += len(chunk)
        if self.fix_sentence_endings:
            self._fix_sentence_endings(chunks)
        return total
"""
