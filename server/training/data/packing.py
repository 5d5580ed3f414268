"""A smaller corpus in one small file, for machines that only so many bytes can be carried to."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator

from training.data.documents import Document, read_corpus, write_corpus
from training.paths import Workplace

_SEED = 3


def pack_corpus(work: Workplace, to: Workplace, characters: float) -> int:
    """Write a sample of the corpus, all held-out projects, the tokenizer and the table to another folder.

    The sample has about `characters` characters to train on; returns the bytes of the packed corpus.
    """
    total = sum(len(document.text) for document in read_corpus(work.corpus, held_out=False))
    rng = random.Random(_SEED)

    def sample() -> Iterator[Document]:
        yield from read_corpus(work.corpus, held_out=True)
        yield from (one for one in read_corpus(work.corpus, held_out=False) if rng.random() < characters / total)

    to.root.mkdir(parents=True, exist_ok=True)
    write_corpus(to.packed_corpus, sample())
    for name in (work.tokenizer, work.table):
        shutil.copyfile(name, to.root / name.name)
    return to.packed_corpus.stat().st_size
