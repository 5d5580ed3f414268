"""What the search index stores of a chunk, finds of it, and may be restricted to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from pylot.index.words import document_words
from pylot.syntax.chunks import Chunk

if TYPE_CHECKING:
    import numpy as np

LARGEST_EMBEDDED = 300
"""Characters of a chunk that an embedder gets.

The beginning says what a piece of code is for: with 300 characters MRR@10 is .003 above that with 500 (docstring to
function, 1,500 functions of packages for fitting, vectors alone, 95 % from -.007 to .013) for four fifths of the
tokens; with 150 it is .011 below, and .034 without punctuation.
"""


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk as it is stored; lines count from 0, `end_line` is the last one.

    `id` is made of everything else but `words`, so a row that has been damaged on the disk is known by it.
    """

    id: str
    path: str
    language: str
    kind: str
    symbol: str
    start_line: int
    end_line: int
    text: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a question is restricted to: globs of paths, languages and kinds of definition; nothing means anything.

    A glob without a slash is compared with the file's name, `folder/` stands for all that is in it, `**` for any
    number of folders, and `!` in front excludes.
    """

    paths: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """A regular expression that wanted paths fit; an empty one where all do."""
        return _any_of(glob for glob in self.paths if not glob.startswith("!"))

    @property
    def unwanted(self) -> str:
        """A regular expression that excluded paths fit; an empty one where there are none."""
        return _any_of(glob[1:] for glob in self.paths if glob.startswith("!"))

    def admits(self, path: str) -> bool:
        """Tell whether a path is among the wanted ones."""
        if self.wanted and not re.search(self.wanted, path):
            return False
        return not (self.unwanted and re.search(self.unwanted, path))


ANYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Scored:
    """A chunk that a store found, and how well it fits, larger being better; `symbol` where the search knows it."""

    id: str
    path: str
    score: float
    symbol: str = ""


class SearchStore(Protocol):
    """Chunks that can be written file by file and searched.

    Every method may raise StorageError. `identity` is another one after the content was lost: everything has to be
    written again then.
    """

    @property
    def identity(self) -> str:
        """What names this content; a new, empty store has a new one."""
        ...

    def replace(self, files: dict[str, Sequence[ChunkRow]]) -> None:
        """Store these chunks instead of what there was of each path, all of them or none."""
        ...

    def remove(self, paths: Iterable[str]) -> None:
        """Forget the chunks and vectors of these paths."""
        ...

    def lexical(self, words: Sequence[str], limit: int, filters: Filters) -> list[Scored]:
        """Return the chunks that fit any of the words best (BM25)."""
        ...

    def nearest(self, model_id: str, vector: np.ndarray, limit: int, filters: Filters) -> list[Scored]:
        """Return the chunks whose vectors have the largest dot product; none where there are no vectors."""
        ...

    def rows(self, ids: Sequence[str]) -> dict[str, ChunkRow]:
        """Return the stored chunks of these ids, without their words."""
        ...


def rows_of(path: str, language: str, chunks: Iterable[Chunk]) -> list[ChunkRow]:
    """Return what is stored of a file."""
    return [_row_of(storable(path), language, chunk) for chunk in chunks]


def _row_of(path: str, language: str, chunk: Chunk) -> ChunkRow:
    symbol, text = storable(chunk.symbol), storable(chunk.text)
    fields = (path, language, chunk.kind, symbol, chunk.start_line, chunk.end_line, text)
    return ChunkRow(chunk_id(*fields), *fields, document_words(path, symbol, text))


def storable(text: str) -> str:
    """Return a text with a question mark for what UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def chunk_id(*fields: object) -> str:
    """Return the id of a row with these fields, from the path to the text."""
    return blake2b("\0".join(map(str, fields)).encode(), digest_size=12).hexdigest()


def is_whole(row: ChunkRow) -> bool:
    """Tell whether a row that was read is what was written."""
    return row.id == chunk_id(row.path, row.language, row.kind, row.symbol, row.start_line, row.end_line, row.text)


def embedding_text(row: ChunkRow) -> str:
    """Return what an embedder gets of a chunk: where it is and what it is called, then its code."""
    head = f"{row.path} > {row.symbol}" if row.symbol else row.path
    return f"{head}\n{row.text[:LARGEST_EMBEDDED]}"


_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/\\]+\]|.", re.DOTALL)
_MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _any_of(globs: Iterable[str]) -> str:
    patterns = [_pattern(glob) for glob in globs if glob]
    return f"(?s)^(?:{'|'.join(patterns)})$" if patterns else ""


def _pattern(glob: str) -> str:
    """Return a glob as a regular expression in the words that Python and LanceDB share."""
    glob = glob.removeprefix("./")
    if "/" not in glob:
        glob = f"**/{glob}"
    elif glob.endswith("/"):
        glob += "**"
    return "".join(map(_meaning, _TOKENS.findall(glob.removeprefix("/"))))


def _meaning(token: str) -> str:
    if token[0] == "[" and len(token) > 1:
        return "[" + re.sub(r"^!", "^", token[1:-1]).replace("[", r"\[") + "]"
    return _MEANINGS.get(token) or re.escape(token)
