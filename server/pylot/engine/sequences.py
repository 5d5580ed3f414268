"""Which tokens each sequence of the KV cache holds, and which sequence a new prompt should take.

The token lists here are the truth of the KV cache: what llama.cpp holds is made to agree with them, never guessed.
Pure bookkeeping; the caller carries out the returned plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pylot.kernel.overlap import common_prefix_length

_FORK_MIN_SHARED = 32
_FORK_MIN_LOST = 256
_FORK_MIN_LOST_AHEAD = 16


@dataclass(slots=True)
class CachedSequence:
    """One sequence: its tokens, when it was last used, and who is using it."""

    id: int
    tokens: list[int] = field(default_factory=list)
    last_used: int = 0
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a prompt goes: keep `n_keep` tokens of `sequence`, copied first from `copy_from` when that is set."""

    sequence: int
    n_keep: int
    copy_from: int | None = None


class SequenceTable:
    """Place prompts so that the longest common prefix is decoded only once."""

    def __init__(self, n_sequences: int, n_cells: int) -> None:
        self.sequences = [CachedSequence(index) for index in range(n_sequences)]
        self.n_cells = n_cells
        self._tick = 0

    def __getitem__(self, sequence_id: int) -> CachedSequence:
        return self.sequences[sequence_id]

    @property
    def n_used_cells(self) -> int:
        """An upper bound of the cells in use: cells shared after a copy count twice."""
        return sum(len(entry.tokens) for entry in self.sequences)

    def place(self, prompt: Sequence[int], owner: str, *, ahead: bool = False) -> Placement | None:
        """Choose a sequence for a prompt and give it to `owner`; None when every sequence is busy.

        A prompt that is decoded `ahead` of its time leaves what may be wanted before it where it is.
        """
        free = [entry for entry in self.sequences if entry.owner is None]
        if not free:
            return None
        shared = {entry.id: common_prefix_length(entry.tokens, prompt) for entry in self.sequences}
        best_free = max(free, key=lambda entry: (shared[entry.id], -len(entry.tokens), -entry.last_used))
        best = max(self.sequences, key=lambda entry: shared[entry.id])
        placement = self._fork(best, best_free, free, shared, ahead=ahead) or Placement(
            best_free.id, shared[best_free.id]
        )
        if placement.n_keep < min(_FORK_MIN_SHARED, len(prompt) // 2) and placement.copy_from is None:
            # Next to nothing is shared: overwrite what was used longest ago, not what is worth keeping.
            oldest = min(free, key=lambda entry: (bool(entry.tokens), entry.last_used))
            placement = Placement(oldest.id, shared[oldest.id])
        target = self.sequences[placement.sequence]
        source = target if placement.copy_from is None else self.sequences[placement.copy_from]
        target.tokens = list(source.tokens[: placement.n_keep])
        target.owner = owner
        self.touch(target.id)
        return placement

    def touch(self, sequence_id: int) -> None:
        """Mark a sequence as just used."""
        self._tick += 1
        self.sequences[sequence_id].last_used = self._tick

    def release(self, sequence_id: int) -> None:
        """Give a sequence back; its tokens stay for the next prompt."""
        self.sequences[sequence_id].owner = None
        self.touch(sequence_id)

    def victims(self, n_more: int, keep: int) -> list[int]:
        """Return idle sequences to clear, oldest first, until `n_more` cells fit; `keep` is never among them."""
        over = self.n_used_cells + n_more - self.n_cells
        chosen: list[int] = []
        for entry in sorted(self.sequences, key=lambda entry: entry.last_used):
            if over <= 0:
                break
            if entry.owner is None and entry.id != keep and entry.tokens:
                over -= len(entry.tokens)
                chosen.append(entry.id)
        return chosen

    def _fork(
        self,
        best: CachedSequence,
        best_free: CachedSequence,
        free: list[CachedSequence],
        shared: dict[int, int],
        *,
        ahead: bool,
    ) -> Placement | None:
        """Copy the shared part instead of destroying a long tail that somebody may come back to."""
        n_shared = shared[best.id]
        n_lost = len(best.tokens) - n_shared
        min_lost = _FORK_MIN_LOST_AHEAD if ahead else _FORK_MIN_LOST
        worth_it = n_shared >= _FORK_MIN_SHARED and n_shared > shared[best_free.id] + _FORK_MIN_SHARED
        if best.owner is None:
            worth_it = n_shared >= _FORK_MIN_SHARED and n_lost >= min_lost
        others = [entry for entry in free if entry is not best]
        if not worth_it or not others:
            return None
        target = min(others, key=lambda entry: (bool(entry.tokens), entry.last_used))
        return Placement(target.id, n_shared, copy_from=best.id)
