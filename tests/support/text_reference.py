"""A second, slow reading of LSP's text rules: it edits arrays of code units and never sees a Python string's index."""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass

from pylot.kernel.clock import ManualClock
from pylot.text.document_text import DocumentText, Edit
from pylot.text.positions import Position, PositionEncoding, Range
from pylot.text.store import DocumentStore

_CODECS = {
    PositionEncoding.UTF8: ("utf-8", "B"),
    PositionEncoding.UTF16: ("utf-16-le", "H"),
    PositionEncoding.UTF32: ("utf-32-le", "I"),
}

ALPHABETS = {
    "ascii": "abc (){};\t",
    "bmp": "äéßЖ中文ﬁ\ufeff",
    "astral": "😀𝒳𐐷a\U0010ffff",
    "zwj": "👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈",
    "crlf": ["a", "\r\n", "b"],
    "lone_cr": ["a", "\r", "\n", "\r\n", "b"],
    "form_feed": "a\f\v\n",
    "separators": "a\u0085\u2028\u2029\u001c\u001d\u001e\n",
    "combining": "e\u0301o\u0308\u0323\n",
    "everything": ["a", "é", "中", "😀", "\r", "\n", "\r\n", *"\f\v\x85\u2028\u2029\x1c\u200d\u0301"],
    "nul": "\0a\n",
    "right_to_left": "אבג\u202eab\n",
}


@dataclass
class ReferenceText:
    """A document as an array of units of one encoding."""

    units: array[int]
    encoding: PositionEncoding

    @classmethod
    def of(cls, text: str, encoding: PositionEncoding) -> ReferenceText:
        codec, typecode = _CODECS[encoding]
        return cls(array(typecode, text.encode(codec)), encoding)

    @property
    def text(self) -> str:
        return self.units.tobytes().decode(_CODECS[self.encoding][0])

    def lines(self) -> list[tuple[int, int]]:
        """Return where each line starts and where its content ends, in units."""
        lines, start, idx = [], 0, 0
        while idx < len(self.units):
            if self.units[idx] in (10, 13):
                lines.append((start, idx))
                is_pair = self.units[idx] == 13 and idx + 1 < len(self.units) and self.units[idx + 1] == 10
                idx += 2 if is_pair else 1
                start = idx
            else:
                idx += 1
        return [*lines, (start, len(self.units))]

    def index_of(self, position: Position) -> int:
        lines = self.lines()
        if position.line >= len(lines):
            return len(self.units)
        start, end = lines[position.line]
        return min(start + position.character, end)

    def apply(self, edit: Edit) -> None:
        replacement = ReferenceText.of(edit.text, self.encoding).units
        if edit.range is None:
            self.units = replacement
        else:
            self.units[self.index_of(edit.range.start) : self.index_of(edit.range.end)] = replacement

    def starts_character(self, idx: int) -> bool:
        if idx >= len(self.units):
            return True
        if self.encoding is PositionEncoding.UTF8:
            return self.units[idx] & 0xC0 != 0x80
        return self.encoding is PositionEncoding.UTF32 or not 0xDC00 <= self.units[idx] < 0xE000


class RandomEditor:
    """Make edits that a client could send, with places past line ends and past the document among them."""

    def __init__(self, rng: random.Random, reference: ReferenceText) -> None:
        self.rng = rng
        self.reference = reference

    def edit(self) -> Edit:
        alphabet = ALPHABETS[self.rng.choice(list(ALPHABETS))]
        text = "".join(self.rng.choices(alphabet, k=self.rng.choice((0, 1, 1, 2, 5, 30))))
        if self.rng.random() < 0.02 or len(self.reference.units) > 2_000:
            return Edit(None, text)
        start, end = sorted((self._position(), self._position()))
        if self.rng.random() < 0.5:
            end = start
        return Edit(Range(start, end), text)

    def _position(self) -> Position:
        lines = self.reference.lines()
        if self.rng.random() < 0.02:
            return Position(len(lines), self.rng.randrange(3))
        line_idx = self.rng.randrange(len(lines))
        start, end = lines[line_idx]
        if self.rng.random() < 0.05:
            return Position(line_idx, end - start + self.rng.randrange(1, 9))
        idx = self.rng.randint(start, end)
        while not self.reference.starts_character(idx):
            idx -= 1
        return Position(line_idx, idx - start)


def compare_random_edits(encoding: PositionEncoding, *, n_edits: int, seed: int) -> None:
    """Make `n_edits` random edits in a store and in the reference; fail at the first difference."""
    rng = random.Random(seed)
    reference = ReferenceText.of("", encoding)
    editor = RandomEditor(rng, reference)
    store = DocumentStore(ManualClock())
    store.open("file:///a", "python", 0, "")
    for version in range(1, n_edits + 1):
        edits = []
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            edits.append(editor.edit())
            reference.apply(edits[-1])
        change = store.change("file:///a", version, edits, encoding)

        story = f"seed {seed}, {encoding.value}, edit {version}: {edits}"
        assert change is not None, story
        assert change.new.content.text == reference.text, story
        _compare_places(change.new.content, reference, rng, story)


def _compare_places(content: DocumentText, reference: ReferenceText, rng: random.Random, story: str) -> None:
    lines = reference.lines()
    assert content.n_lines == len(lines), story
    line_idx = rng.randrange(len(lines))
    start, end = lines[line_idx]
    idx = rng.randint(start, end)
    while not reference.starts_character(idx):
        idx -= 1
    place = Position(line_idx, idx - start)
    before = ReferenceText(reference.units[:idx], reference.encoding).text
    assert content.offset_at(place, reference.encoding) == len(before), story
    assert content.position_at(len(before), reference.encoding) == place, story
