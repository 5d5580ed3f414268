"""The secrets of texts that are being typed in, looked for only in the lines that have changed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from pylot.kernel.overlap import common_prefix_length, common_suffix_length
from pylot.workspace.secret_content import SecretSpan, block_spans, line_spans, masked

_MOST_TEXTS = 8


@dataclass(slots=True)
class _Known:
    in_lines: tuple[SecretSpan, ...]
    spans: tuple[SecretSpan, ...]
    mask: str | None = None


class SecretMemory:
    """Keep what was found in the last few texts, so that the text after a keystroke costs one line.

    Used from one thread at a time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()

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
        known = self._known.get(text)
        if known is None:
            in_lines = self._in_lines(text)
            spans = sorted((*block_spans(text), *in_lines), key=lambda span: span.start)
            known = self._known[text] = _Known(in_lines, tuple(spans))
            if len(self._known) > _MOST_TEXTS:
                self._known.popitem(last=False)
        self._known.move_to_end(text)
        return known

    def _in_lines(self, text: str) -> tuple[SecretSpan, ...]:
        for before, known in reversed(self._known.items()):
            start = common_prefix_length(before, text)
            n_same = common_suffix_length(before, text, min(len(before), len(text)) - start)
            if 2 * (start + n_same) >= len(text):
                return _moved(known.in_lines, before, text, start, n_same)
        return line_spans(text)


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
