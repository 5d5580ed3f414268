"""The decode thread: always the most urgent job, one step at a time."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from pylot.engine.copy_sources import CopySources
from pylot.engine.generation import GenerateJob, Generator
from pylot.engine.jobs import EmbedJob, Job, Priority, RestoreJob, SaveJob
from pylot.engine.llama_runtime import DecodeAbortedError, LlamaRuntime, MemoryExhaustedError, NoRoomError
from pylot.engine.sequences import SequenceTable
from pylot.kernel.errors import PylotError
from pylot.kernel.stories import story

_log = logging.getLogger(__name__)


class Decoder:
    """Run jobs on the one thread that may touch llama.cpp.

    Every submitted job emits exactly one event with `done`.
    Clients whose jobs are equally urgent take turns, step by step; those of one client go in the order of asking.
    A more urgent job takes over between two decode steps; a cancelled one is stopped inside a step.
    So is an embedding that something more urgent waits for, and what nobody waits for when a completion comes, because
    a step takes seconds on a large model; it is done again afterwards.
    `when_exhausted` is called on the thread when there is no memory to compute in (requirement I12).
    """

    def __init__(
        self,
        runtime: LlamaRuntime,
        sources: CopySources | None = None,
        *,
        when_exhausted: Callable[[], None] = lambda: None,
    ) -> None:
        self._runtime = runtime
        self._when_exhausted = when_exhausted
        self._table = SequenceTable(runtime.facts.n_sequences, runtime.facts.n_ctx)
        self._generator = Generator(runtime, self._table, sources)
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._current: Job | None = None
        self._stopping = False
        self._orders = itertools.count()
        self._turns = itertools.count(1)
        self._served: dict[str, int] = {}
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self.n_finished = 0

    @property
    def prompt_speed(self) -> float | None:
        """How many tokens of a prompt were lately read in a second."""
        return self._generator.prompt_speed

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job."""
        with self._changed:
            job.order = next(self._orders)
            self._jobs[job.id] = job
            self._interrupt_for(job)
            self._changed.notify()

    def cancel(self, job_id: str) -> None:
        """Stop a job; unknown ids are ignored, because a job may end while its cancellation is on the way."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job is None:
                return
            job.cancelled = True
            if job is self._current:
                self._runtime.request_abort()
            self._changed.notify()

    def hurry(self, job_id: str) -> None:
        """Let a job be as urgent as a completion, because somebody waits for it now."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job is not None and job.priority > Priority.COMPLETION:
                job.priority = Priority.COMPLETION
                if job is not self._current:
                    self._interrupt_for(job)

    def stop(self) -> None:
        """Cancel everything, end the thread and wait for it."""
        with self._changed:
            self._stopping = True
            for job in self._jobs.values():
                job.cancelled = True
            self._runtime.request_abort()
            self._changed.notify()
        self._thread.join()

    def status(self) -> dict[str, Any]:
        """Return how busy the engine is."""
        with self._changed:
            return {
                "jobs": len(self._jobs),
                "finished": self.n_finished,
                "generated": self._generator.n_generated,
                "sequences": [
                    {"tokens": len(entry.tokens), "busy": entry.owner is not None} for entry in self._table.sequences
                ],
                "cells": self._table.n_cells,
            }

    def _interrupt_for(self, job: Job) -> None:
        """Stop the step under way where `job` should not have to wait for its end."""
        current = self._current
        if current is None or job.priority >= current.priority:
            return
        is_idle_work = job.priority is Priority.COMPLETION and current.priority >= Priority.SPECULATIVE
        if is_idle_work or isinstance(current, EmbedJob):
            self._runtime.request_abort()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._stopping:
                    self._changed.wait()
                if not self._jobs:
                    return
                job = self._next_job()
                self._current = job
                self._runtime.clear_abort()
            try:
                self._advance(job)
            except Exception as error:
                _log.error("job failed: %s", story(error))
                sentence = error.sentence if isinstance(error, PylotError) else "The model could not answer."
                self._finish(job, "error", sentence)
                if isinstance(error, MemoryExhaustedError):
                    self._when_exhausted()
            with self._changed:
                self._current = None

    def _next_job(self) -> Job:
        cancelled = [job for job in self._jobs.values() if job.cancelled]
        if cancelled:
            return cancelled[0]
        has_free = any(entry.owner is None for entry in self._table.sequences)

        def urgency(job: Job) -> tuple[int, bool, int, int]:
            # Who gave up a sequence, or finds none, lets its equals finish: taking turns at that would lose all work.
            waits = isinstance(job, GenerateJob) and job.sequence < 0 and (job.started > 0 or not has_free)
            return job.priority, waits, self._served.get(job.client, 0), job.order

        job = min(self._jobs.values(), key=urgency)
        self._served[job.client] = next(self._turns)
        return job

    def _advance(self, job: Job) -> None:
        if job.cancelled:
            self._finish(job, "cancelled")
        elif isinstance(job, EmbedJob):
            self._advance_embedding(job)
        elif isinstance(job, GenerateJob):
            self._advance_generation(job)
        elif isinstance(job, SaveJob):
            self._finish(job, "stop", state=self._generator.states.save(job, self.prompt_speed))
        elif isinstance(job, RestoreJob):
            self._finish(job, "stop", tokens=self._generator.states.restore(job))

    def _advance_generation(self, job: GenerateJob) -> None:
        deadline = job.parameters.deadline_ms
        if deadline is not None and (time.monotonic() - job.created) * 1000 > deadline:
            self._finish(job, "deadline")
            return
        if job.sequence < 0 and not self._generator.begin(job):
            self._suspend_another(job)
            return
        try:
            reason = self._generator.step(job)
        except DecodeAbortedError:
            reason = "cancelled" if job.cancelled else ""
        except NoRoomError:
            if not self._suspend_another(job):
                raise
            reason = ""
        if reason:
            self._finish(job, reason)

    def _suspend_another(self, urgent: GenerateJob) -> bool:
        """Suspend the least urgent of the jobs that hold a sequence; false when no other job holds one.

        Among equals the youngest gives way, be it the one that is being advanced, so that nobody can suspend each
        other in turns.
        """
        jobs = [job for job in list(self._jobs.values()) if isinstance(job, GenerateJob) and job is not urgent]
        holders = [job for job in jobs if job.sequence >= 0]
        if holders:
            last = max([*holders, urgent], key=lambda job: (job.priority, job.order))
            if last.sequence >= 0:
                self._generator.suspend(last)
        return bool(holders)

    def _advance_embedding(self, job: EmbedJob) -> None:
        if len(job.vectors) < len(job.texts):
            try:
                vector, n_tokens = self._runtime.embed(job.texts[len(job.vectors)])
            except DecodeAbortedError:
                return
            job.vectors.append(vector)
            job.n_tokens += n_tokens
        if len(job.vectors) >= len(job.texts):
            self._finish(job, "stop", vectors=job.vectors, prompt_tokens=job.n_tokens)

    def _finish(self, job: Job, reason: str, error: str = "", **more: Any) -> None:
        if job.finished:
            return
        job.finished = True
        usage = self._generator.end(job, reason) if isinstance(job, GenerateJob) else {}
        with self._changed:
            self._jobs.pop(job.id, None)
            self.n_finished += 1
        job.emit({"done": reason, "error": error, **usage, **more})
