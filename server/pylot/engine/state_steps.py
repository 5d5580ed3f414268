"""Take the state of a prompt out of the KV cache and put it back, on the decode thread."""

from __future__ import annotations

import logging

from pylot.engine.jobs import RestoreJob, SaveJob
from pylot.engine.llama_runtime import LlamaRuntime
from pylot.engine.prompt_tokens import PromptTokenizer
from pylot.engine.saved_states import SavedState
from pylot.engine.sequences import SequenceTable
from pylot.kernel.overlap import common_prefix_length

_log = logging.getLogger(__name__)
_LEAST_SHARE = 0.5
# What is read anew as soon as a file is opened and checked is not worth its room on the disk.
_LEAST_SECONDS = 0.1


class StateSteps:
    """Carry out the jobs that save and restore, each in one step."""

    def __init__(self, runtime: LlamaRuntime, table: SequenceTable, tokenizer: PromptTokenizer) -> None:
        self._runtime = runtime
        self._table = table
        self._tokenizer = tokenizer

    def save(self, job: SaveJob, prompt_speed: float | None) -> SavedState | None:
        """Return the state of a prompt, or of its longer part, as far as it is in the cache.

        What else stands behind it in the cache is not taken along; `prompt_speed` counts tokens read in a second.
        """
        prompt, _ = self._tokenizer.tokenize(job.prompt)
        shared = {entry.id: common_prefix_length(entry.tokens, prompt) for entry in self._table.sequences}
        best = max(shared, key=lambda sequence_id: shared[sequence_id])
        n_tokens = shared[best]
        if not self._runtime.keeps_states or n_tokens <= _LEAST_SHARE * len(prompt):
            return None
        if prompt_speed and n_tokens / prompt_speed < _LEAST_SECONDS:
            return None
        return SavedState(job.note, prompt[:n_tokens], self._runtime.state(best, n_tokens))

    def restore(self, job: RestoreJob) -> int:
        """Return how many tokens of a state are in the cache now; 0 where llama.cpp refuses it or all is busy."""
        tokens = job.state.tokens
        if any(common_prefix_length(entry.tokens, tokens) == len(tokens) for entry in self._table.sequences):
            return len(tokens)
        free = [entry for entry in self._table.sequences if entry.owner is None]
        if not free or not self._runtime.keeps_states or len(tokens) >= self._runtime.facts.n_ctx_sequence:
            return 0
        target = min(free, key=lambda entry: (bool(entry.tokens), entry.last_used))
        self._forget(target.id)
        for victim in self._table.victims(len(tokens), keep=target.id):
            self._forget(victim)
        if not self._runtime.set_state(target.id, job.state.data, len(tokens)):
            _log.warning("saved state ignored: llama.cpp does not take it")
            return 0
        target.tokens.extend(tokens)
        self._table.touch(target.id)
        return len(tokens)

    def _forget(self, sequence_id: int) -> None:
        self._runtime.clear(sequence_id)
        self._table[sequence_id].tokens.clear()
