"""The secrets of texts that are being typed in, looked for only in the lines that have changed."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.kernel.overlap import shared_ends
from pylot.kernel.recent_texts import RecentTexts
from pylot.workspace.secret_content import BLOCK_BEGIN, SecretSpan, block_spans, line_spans, masked

_MOST_TEXTS = 8


@dataclass(slots=True)
class _Known:
    in_lines: tuple[SecretSpan, ...]
    spans: tuple[SecretSpan, ...]
    may_have_blocks: bool
    mask: str | None = None


class SecretMemory:
    """Keep what was found in the last few texts, so that the text after a keystroke costs one line.

    Used from one thread at a time.
    """

    def __init__(self) -> None:
        self._known: RecentTexts[_Known] = RecentTexts(_MOST_TEXTS)

    def spans(self, text: str) -> tuple[SecretSpan, ...]:
        """Return what `secret_spans` returns."""
        return self._look(text).spans

    def masked(self, text: str) -> str:
        """Return what `mask_secrets` returns; the same object as before for a text seen before."""
        known = self._look(text)
        if known.mask is None:
            known.mask = masked(text, known.spans)
        return known.mask

    def _look(self, text: str) -> _Known:
        known = self._known.find(text)
        return known.value if known else self._known.add(text, self._read(text))

    def _read(self, text: str) -> _Known:
        for earlier in self._known:
            before, known = earlier.text, earlier.value
            start, n_same = shared_ends(before, text)
            if 2 * (start + n_same) >= len(text):
                in_lines = _moved(known.in_lines, before, text, start, n_same)
                new = text[max(0, start - len(BLOCK_BEGIN)) : len(text) - n_same + len(BLOCK_BEGIN)]
                return _known(in_lines, text, may_have_blocks=known.may_have_blocks or BLOCK_BEGIN in new)
        return _known(line_spans(text), text, may_have_blocks=BLOCK_BEGIN in text)


def _known(in_lines: tuple[SecretSpan, ...], text: str, *, may_have_blocks: bool) -> _Known:
    blocks = block_spans(text) if may_have_blocks else ()
    return _Known(in_lines, tuple(sorted((*blocks, *in_lines), key=lambda span: span.start)), may_have_blocks)


def _moved(spans: tuple[SecretSpan, ...], before: str, text: str, start: int, n_same: int) -> tuple[SecretSpan, ...]:
    """Return the secrets in the lines of a text that shares its beginning and end with the one before it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", len(text) - n_same)
    last = len(text) if last < 0 else last
    shift = len(text) - len(before)
    kept = [span for span in spans if span.end <= first]
    new = line_spans(text[first:last], first)
    moved = [SecretSpan(it.kind, it.start + shift, it.end + shift) for it in spans if it.start + shift >= last]
    return (*kept, *new, *moved)
