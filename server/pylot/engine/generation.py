"""One generation, step by step: place the prompt, decode it in chunks, sample token by token."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from pylot.engine.constraint import Constraint
from pylot.engine.copy_mixture import CopyMixture, PromptText
from pylot.engine.copy_sources import CopySources
from pylot.engine.grammar import grammar_of
from pylot.engine.jobs import GenerateParameters, Job, Priority
from pylot.engine.llama_runtime import LlamaRuntime, NoRoomError
from pylot.engine.prompt_tokens import PromptTokenizer
from pylot.engine.sampling import Logits, Sampler
from pylot.engine.sequences import CachedSequence, SequenceTable
from pylot.engine.state_steps import StateSteps
from pylot.engine.text_stream import TextStream
from pylot.engine.thinking import OPENS
from pylot.kernel.errors import EngineError

_MIN_MEASURED = 64
_MEASURING_WEIGHT = 0.25


@dataclass(slots=True, eq=False)
class GenerateJob(Job):
    """A generation and where it stands."""

    parameters: GenerateParameters = field(default_factory=lambda: GenerateParameters(prompt=(), max_tokens=0))
    prompt: list[int] = field(default_factory=list)
    piece_sizes: list[int] = field(default_factory=list)
    sequence: int = -1
    n_reused: int = 0
    n_decoded: int = 0
    generated: list[int] = field(default_factory=list)
    started: float = 0.0
    first_token: float = 0.0
    decode_seconds: float = 0.0
    # Processor time of the decoding thread in steps, less that in llama.cpp.
    outside: float = 0.0
    sampler: Sampler | None = None
    constraint: Constraint | None = None
    stream: TextStream | None = None
    copies: CopyMixture | None = None
    missing_sources: list[str] = field(default_factory=list)


class Generator:
    """Carry out generations on a runtime; every call is one step and keeps the sequence table true.

    `states` takes what prompts have left in the cache out of it and puts it back.
    `prompt_speed` is how many tokens of a prompt were lately read in a second; before any long one, what is likely.
    `n_generated` counts the tokens of all generations, those that nobody came to see included.
    """

    def __init__(self, runtime: LlamaRuntime, table: SequenceTable, sources: CopySources | None = None) -> None:
        self._runtime = runtime
        self._sources = sources or CopySources()
        self._table = table
        self._tokenizer = PromptTokenizer(runtime)
        self.states = StateSteps(runtime, table, self._tokenizer)
        self.prompt_speed = runtime.likely_prompt_speed
        self._has_measured = False
        self.n_generated = 0

    def begin(self, job: GenerateJob) -> bool:
        """Tokenize and place a prompt; false when no sequence is free now.

        Raises:
            EngineError: the prompt does not fit into the model's context, or no grammar can be made of the schema.
        """
        if not job.prompt:
            job.prompt, job.piece_sizes = self._tokenizer.tokenize(job.parameters.prompt)
        limit = self._runtime.facts.n_ctx_sequence
        if not job.prompt or len(job.prompt) >= limit:
            raise EngineError(f"The prompt has {len(job.prompt)} tokens; the model takes 1 to {limit - 1}.")
        placement = self._table.place(job.prompt + job.generated, job.id, ahead=job.priority > Priority.CHAT)
        if placement is None:
            return False
        job.sequence = placement.sequence
        sequence = self._table[job.sequence]
        if placement.copy_from is not None:
            self._runtime.copy(placement.copy_from, job.sequence, placement.n_keep)
        # The last prompt token is always decoded again, because its logits are not kept.
        n_last = len(job.prompt) + len(job.generated) - 1
        n_keep = min(placement.n_keep, n_last) if job.parameters.max_tokens else placement.n_keep
        if not self._runtime.truncate(job.sequence, n_keep):
            self._runtime.clear(job.sequence)
            n_keep = 0
        del sequence.tokens[n_keep:]
        if not job.started:
            job.n_reused = n_keep
            job.started = time.monotonic()
            job.sampler = Sampler(job.parameters.sampling)
            job.constraint = self._constraint(job.parameters)
            job.stream = TextStream(job.parameters.stops)
            self._prepare_copies(job)
        return True

    def suspend(self, job: GenerateJob) -> None:
        """Take a job's sequence away; `begin` brings the job back, from whatever stayed in the cache."""
        self._table.release(job.sequence)
        job.sequence = -1

    def step(self, job: GenerateJob) -> str:
        """Decode one chunk or one token; return why the job is finished, or an empty text.

        Raises:
            DecodeAbortedError: the abort flag stopped the step, which can be done again.
            NoRoomError: other jobs hold the room that the job needs; it can go on when one of them is suspended.
        """
        began = time.thread_time()
        try:
            return self._step(job)
        finally:
            job.outside += time.thread_time() - began

    def end(self, job: GenerateJob, reason: str) -> dict[str, Any]:
        """Release the sequence and return the usage figures."""
        if job.sequence >= 0:
            self._table.release(job.sequence)
        if job.generated and job.piece_sizes:
            answer = [(token, self._runtime.piece(token)) for token in job.generated]
            last_tokens = job.prompt[len(job.prompt) - job.piece_sizes[-1] :]
            self._tokenizer.remember_answer(job.parameters.prompt, last_tokens, answer)
        if job.constraint is not None:
            job.constraint.close()
        rest = job.stream.flush() if job.stream and reason != "floor" else ""
        now = time.monotonic()
        begun = job.started or now
        return {
            "rest": rest,
            "prompt_tokens": len(job.prompt),
            "piece_tokens": job.piece_sizes,
            "reused_tokens": job.n_reused,
            "decoded_tokens": job.n_decoded,
            "generated_tokens": len(job.generated),
            "missing_sources": job.missing_sources,
            "prompt_speed": self.prompt_speed,
            "queue_ms": (begun - job.created) * 1000,
            "first_token_ms": (job.first_token - job.created) * 1000 if job.first_token else None,
            "decode_ms": job.decode_seconds * 1000,
            "outside_decode_ms": job.outside * 1000,
            "total_ms": (now - job.created) * 1000,
        }

    def _step(self, job: GenerateJob) -> str:
        cached = self._table[job.sequence].tokens
        n_missing_prompt = len(job.prompt) - len(cached)
        if job.parameters.max_tokens == 0 and n_missing_prompt <= 0:
            return "warm"
        wanted = job.prompt if n_missing_prompt > 0 else job.prompt + job.generated
        chunk = wanted[len(cached) : len(cached) + self._runtime.n_ubatch]
        begin, processor = time.monotonic(), time.thread_time()
        try:
            logits = self._decode(job, chunk)
        finally:
            job.outside -= time.thread_time() - processor
        seconds = time.monotonic() - begin
        job.decode_seconds += seconds
        if logits is None:
            return ""
        is_first = not self._has_measured
        self._measure(len(chunk), seconds)
        if is_first and self._has_measured:
            # The rest of a long prompt takes long, and the next one should have the right length already.
            job.emit({"prompt_speed": self.prompt_speed})
        job.n_decoded += max(0, min(len(chunk), n_missing_prompt))
        if len(cached) < len(job.prompt) + len(job.generated) or job.parameters.max_tokens == 0:
            return ""
        assert job.sampler is not None
        if job.copies is not None:
            logits = job.copies.mix(logits)
        if job.constraint is None:
            return self._take(job, *job.sampler.choose(logits, job.generated))
        chosen = job.constraint.choose(job.sampler, logits, job.generated)
        return self._take(job, *chosen) if chosen else "end"

    def _measure(self, n_tokens: int, seconds: float) -> None:
        """Follow how many tokens of a prompt are read in a second; a few tokens at a time tell nothing of that."""
        if n_tokens < _MIN_MEASURED or seconds <= 0:
            return
        speed = n_tokens / seconds
        if self._has_measured and self.prompt_speed is not None:
            speed = self.prompt_speed + _MEASURING_WEIGHT * (speed - self.prompt_speed)
        self.prompt_speed, self._has_measured = speed, True

    def _prepare_copies(self, job: GenerateJob) -> None:
        copying = job.parameters.copying
        if copying is None or job.parameters.max_tokens == 0:
            return
        sources, job.missing_sources = self._sources.get(copying.sources)
        prompt = PromptText.of(job.parameters.prompt)
        job.copies = CopyMixture(prompt, sources, copying.weights, self._runtime.tokenize)

    def _take(self, job: GenerateJob, token: int, logprob: float) -> str:
        opening = ""
        if not job.generated:
            job.first_token = time.monotonic()
            # A block of thoughts that the prompt has opened is a part of what the model thinks.
            opening = OPENS if job.parameters.thinking == "open" else ""
        floor = job.parameters.floor_logprob
        if floor is not None and logprob < floor:
            return "floor"
        if self._runtime.is_end(token) or self._runtime.is_control(token):
            job.emit({"text": opening, "logprob": logprob})
            return "end"
        job.generated.append(token)
        self.n_generated += 1
        assert job.stream is not None
        if job.copies is not None:
            job.copies.extend(self._runtime.piece(token))
        text = opening + job.stream.feed(self._runtime.piece(token))
        job.emit({"text": text, "logprob": logprob})
        if job.stream.stopped_by:
            return "stop"
        if len(job.generated) >= job.parameters.max_tokens:
            return "length"
        if len(job.prompt) + len(job.generated) >= self._runtime.facts.n_ctx_sequence:
            return "length"
        return ""

    def _constraint(self, parameters: GenerateParameters) -> Constraint | None:
        if not parameters.schema:
            return None
        grammar = self._runtime.grammar(grammar_of(parameters.schema))
        return Constraint(grammar, self._runtime, parameters.thinking)

    def _decode(self, job: GenerateJob, chunk: list[int]) -> Logits | None:
        """Return the logits, or None when room had to be made first."""
        sequence = self._table[job.sequence]
        for victim in self._table.victims(len(chunk), keep=job.sequence):
            self._forget(victim)
        try:
            logits = self._runtime.decode(chunk, len(sequence.tokens), job.sequence)
        except NoRoomError:
            self._restore(sequence)
            idle = self._table.victims(self._table.n_cells, keep=job.sequence)
            if not idle:
                raise
            for victim in idle:
                self._forget(victim)
            return None
        except Exception:
            self._restore(sequence)
            raise
        sequence.tokens.extend(chunk)
        return logits

    def _restore(self, sequence: CachedSequence) -> None:
        """Make cache and table agree after a decode that failed."""
        if not self._runtime.truncate(sequence.id, len(sequence.tokens)):
            # A recurrent model cannot go back a part of the way.
            self._forget(sequence.id)

    def _forget(self, sequence_id: int) -> None:
        self._runtime.clear(sequence_id)
        self._table[sequence_id].tokens.clear()
