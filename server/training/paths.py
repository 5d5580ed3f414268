"""Where the recipe keeps what it makes: one folder, which may be moved as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workplace:
    """The files of the recipe's steps below one folder."""

    root: Path

    @property
    def packages(self) -> Path:
        """Archives as they were fetched."""
        return self.root / "packages"

    @property
    def corpus(self) -> Path:
        """Cleaned files as JSON lines; the packed ones where there are no others."""
        whole = self.root / "corpus.jsonl"
        return self.packed_corpus if self.packed_corpus.exists() and not whole.exists() else whole

    @property
    def packed_corpus(self) -> Path:
        """A sample of them, compressed."""
        return self.root / "corpus.jsonl.xz"

    @property
    def table(self) -> Path:
        """What each package gave."""
        return self.root / "corpus.json"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer of new runs."""
        return self.root / "tokenizer.json"

    def run(self, name: str) -> RunFolder:
        """Return the folder of one run."""
        return RunFolder(self.root / "runs" / name)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    root: Path

    @property
    def checkpoint(self) -> Path:
        """What training goes on from."""
        return self.root / "checkpoint.pt"

    @property
    def weights(self) -> Path:
        """The weights of the last checkpoint alone, in bfloat16: a sixth of its size."""
        return self.root / "weights.pt"

    @property
    def before_decay(self) -> Path:
        """The checkpoint before the learning rate fell: the better one to go on from with more time."""
        return self.root / "before-decay.pt"

    @property
    def decay_wish(self) -> Path:
        """A file that asks for the decay, and says how long it takes."""
        return self.root / "decay"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer that this run's model knows."""
        return self.root / "tokenizer.json"

    @property
    def origin(self) -> Path:
        """What the first weights were taken from; not there when the run began with random ones."""
        return self.root / "origin.txt"

    @property
    def compiled(self) -> Path:
        """Compiled kernels, of this run alone: a compilation that was killed half-way leaves a broken one behind."""
        return self.root / "compiled"

    @property
    def figures(self) -> Path:
        """What the evaluation found."""
        return self.root / "figures.json"

    def model(self, name: str, file_type: str) -> Path:
        """The file to ship."""
        return self.root / f"{name}-{file_type.lower()}.gguf"
