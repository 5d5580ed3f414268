"""The one thread that writes an index: it keeps it current, and holds still when somebody needs the processor."""

from __future__ import annotations

import faulthandler
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from pylot.index.catalogue import Catalogue, Counts
from pylot.index.embedding.embedder import Embedder
from pylot.index.indexer import Indexer
from pylot.index.opening import OpenedIndex
from pylot.index.passes import Limits
from pylot.index.vectors import VectorFiller
from pylot.index.watching import WatchSchedule
from pylot.index.worker.messages import IndexState, Phase, Wishes
from pylot.kernel.clock import Clock
from pylot.kernel.errors import StorageError
from pylot.kernel.stories import story
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots

_log = logging.getLogger(__name__)

_LONGEST_HOLD_SECONDS = 5.0
_PUBLISHED_SECONDS = 0.25
_NAP_SECONDS = 0.5
_RETRY_SECONDS = (1.0, 5.0, 30.0)
_TEND_EVERY = 20
_STUCK_SECONDS = 120.0


class IndexWork:
    """Own the index of one workspace; every public method may be called from any thread.

    `published` is called from the work's own thread whenever `state` is another one, and `ended` when it cannot go on.
    """

    def __init__(
        self, root: Path, index: OpenedIndex, *, clock: Clock, published: Callable[[], None], ended: Callable[[], None]
    ) -> None:
        self._root = root
        self._index = index
        self._clock = clock
        self._published = published
        self._ended = ended
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index work", daemon=True)
        self._stopping = False
        self._paused = False
        self._holds: dict[int, float] = {}
        self._wishes = Wishes()
        self._gate = self._new_gate()
        self._schedule = WatchSchedule(root, clock)
        self._failures = 0
        self._retry_at = 0.0
        self._problem = ""
        self._embedder_problem = ""
        self._looked = 0.0
        self._base = (0, clock.monotonic())
        self._has_tried_embedder = False
        self._steps_since_tended = 0
        self._is_tended = False
        self._publish_at = 0.0
        self._catalogue = Catalogue(index.database)
        self._indexer = Indexer(
            root, index.database, index.store, self._gate, self._limits, clock=clock, interrupted=self._is_unwanted
        )
        self._filler = VectorFiller(root, index.database, index.store, clock=clock, interrupted=self._is_unwanted)
        self._last = IndexState()

    @property
    def state(self) -> IndexState:
        """Where the index stands; a pause counts from the moment it was asked for."""
        return replace(self._last, phase="paused") if self._paused else self._last

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Stop between two steps, and wait for that."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def configure(self, wishes: Wishes) -> None:
        """Take the settings that hold now."""
        self._order(lambda: self._take(wishes))

    def use_embedder(self, embedder: Embedder | None, problem: str = "") -> None:
        """Give chunks vectors of this model; without one, `problem` says why."""
        self._order(lambda: self._take_embedder(embedder, problem))

    def take_changes(self, paths: Iterable[str]) -> None:
        """Look at these absolute paths soon."""
        found = [Path(path) for path in paths]
        self._order(lambda: self._indexer.take_changes(found))

    def rebuild(self) -> None:
        """Read every file again."""
        self._order(lambda: self._indexer.rebuild())

    def pause(self, *, on: bool) -> None:
        """Stop working, or go on."""
        self._paused = on
        self._publish_at = 0.0
        self._wake.set()

    def hold(self, client: int, *, on: bool) -> None:
        """Leave the processor to a client for a moment, or no longer."""
        if on:
            self._holds[client] = self._clock.monotonic() + _LONGEST_HOLD_SECONDS
        else:
            self._holds.pop(client, None)
            self._wake.set()

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        self._wake.set()

    def _run(self) -> None:
        try:
            self._begin_pass()
            while not self._stopping:
                self._do_orders()
                worked = self._try_step()
                self._publish(is_idle=not worked)
                if not worked:
                    self._wake.wait(_NAP_SECONDS)
                    self._wake.clear()
        except Exception as error:
            _log.error("the work ended: %s", story(error))
            self._ended()

    def _do_orders(self) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            order()

    def _try_step(self) -> bool:
        """Do some work; a disk that does not let us is tried again after a while."""
        if self._paused or self._clock.monotonic() < self._retry_at:
            return False
        try:
            worked = self._step()
        except (StorageError, OSError) as error:
            self._problem = error.sentence if isinstance(error, StorageError) else "The workspace cannot be read."
            _log.warning("step failed: %s", story(error))
            self._retry_at = self._clock.monotonic() + _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS) - 1)]
            self._failures += 1
            return False
        self._failures, self._problem = 0, ""
        return worked

    def _step(self) -> bool:
        """Do the most urgent thing; while somebody holds the work, that is what was changed just now and no more."""
        is_held = self._is_held()
        if is_held and not self._indexer.has_changes:
            return False
        began = self._clock.monotonic()
        was_looking = self._indexer.is_looking
        saved = self._indexer.urgent
        # A grammar may never come back; nothing in Python would notice, because it need not let go of the interpreter.
        faulthandler.dump_traceback_later(_STUCK_SECONDS, exit=True)
        try:
            worked = self._indexer.step()
        finally:
            faulthandler.cancel_dump_traceback_later()
        self._filler.prefer(saved)
        if is_held:
            return worked
        if was_looking:
            self._looked += self._clock.monotonic() - began
            if not self._indexer.is_looking:
                self._schedule.ended(self._looked)
        worked = worked or self._filler.step(self._gate, self._limits.max_file_bytes)
        if not worked and self._schedule.is_due():
            self._begin_pass()
            return True
        self._tend(worked)
        return worked

    def _tend(self, worked: bool) -> None:
        """Keep the store small and fast: now and then while it is written, and once when nothing is left to do."""
        self._steps_since_tended += worked
        if worked:
            self._is_tended = False
        if self._steps_since_tended >= _TEND_EVERY or not (worked or self._is_tended):
            self._index.store.maintain(idle=not worked)
            self._steps_since_tended, self._is_tended = 0, not worked

    def _begin_pass(self) -> None:
        self._looked = 0.0
        self._schedule.began()
        self._indexer.begin_pass()

    def _take(self, wishes: Wishes) -> None:
        before, self._wishes = self._wishes, wishes
        self._schedule.mode = wishes.index.watch
        self._schedule.editors_tell = wishes.tells_changes
        if before.workspace != wishes.workspace or before.index.max_files != wishes.index.max_files:
            self._gate = self._new_gate()
            self._looked = 0.0
            self._indexer.use_gate(self._gate, self._limits)

    def _take_embedder(self, embedder: Embedder | None, problem: str) -> None:
        self._embedder_problem, self._has_tried_embedder = problem, True
        self._filler.use(embedder if self._index.has_vectors else None)

    def _new_gate(self) -> ExclusionGate:
        return ExclusionGate(Roots([self._root]), self._wishes.workspace, self._clock)

    @property
    def _limits(self) -> Limits:
        return Limits(self._wishes.index.max_files, self._wishes.workspace.max_file_bytes)

    def _is_held(self) -> bool:
        now = self._clock.monotonic()
        return any(until > now for until in list(self._holds.values()))

    def _is_unwanted(self) -> bool:
        """Whether a step is to end early."""
        return self._stopping or self._paused or self._is_held() or not self._orders.empty()

    def _publish(self, *, is_idle: bool) -> None:
        now = self._clock.monotonic()
        if now < self._publish_at and not is_idle:
            return
        self._publish_at = now + _PUBLISHED_SECONDS
        state = self._state(now)
        if state != self._last:
            self._last = state
            self._published()

    def _state(self, now: float) -> IndexState:
        model_id = self._filler.model_id
        counts = self._catalogue.counts(model_id)
        phase = self._phase(self._lacks_vectors(counts))
        if phase == "embedding":
            done, total = counts.embedded, counts.searchable
        else:
            waiting = self._indexer.n_waiting
            if not waiting:
                self._base = (self._indexer.n_read, now)
            done = self._indexer.n_read - self._base[0]
            total = done + waiting
        seconds = now - self._base[1]
        speed = round(done / seconds, 1) if phase == "reading" and seconds > 0 else 0.0
        return IndexState(
            phase, done, total, speed, counts.indexed, counts.searchable, counts.embedded if model_id else 0,
            counts.chunks, counts.skipped, model_id, self._filler.ready, self._notes(),
        )  # fmt: skip

    def _lacks_vectors(self, counts: Counts) -> bool:
        """Whether vectors are being made, or will be once the model is loaded."""
        lacking = counts.searchable > counts.embedded
        return counts.searchable > 0 and (not self._has_tried_embedder or (lacking and self._filler.can_work))

    def _phase(self, is_embedding: bool) -> Phase:
        if self._paused:
            return "paused"
        if self._problem:
            return "failed"
        if self._indexer.is_looking:
            return "looking"
        if self._indexer.n_waiting:
            return "reading"
        return "embedding" if is_embedding else "current"

    def _notes(self) -> tuple[str, ...]:
        failure = self._filler.failure.sentence if self._filler.failure else self._embedder_problem
        return tuple(note for note in (self._problem, self._index.note, failure) if note)
