"""Make room before a prompt grows too long (T17): old results are left out first, then old steps are summed up.

Nothing is taken out of the log; a compaction is an event of its own, and what it leaves out can be read again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pylot.agent.context import ContextSizes, build_context
from pylot.agent.ports import Knowledge, Recorder
from pylot.agent.run import RunRequest
from pylot.agent.token_count import TokenCount
from pylot.agent.transcript import Said, Step, Transcript
from pylot.journal.events import Compacted
from pylot.models.values import ChatMessage

# Compaction costs the model's cache, so it begins late and makes much room at once.
BEGINS_AT = 0.75
_GOAL = 0.5
_RESULTS_KEPT = 3
_STEPS_KEPT = 2
_MOST_WITHOUT_PROGRESS = 2
_CHANGING = frozenset({"write_file", "delete_file", "run_tests"})

Summarise = Callable[[Sequence[ChatMessage]], Awaitable[str]]


class NoRoomError(Exception):
    """The conversation does not fit even when everything that may be left out is."""


@dataclass(frozen=True, slots=True)
class ContextMaker:
    """Build contexts that fit into `room` tokens."""

    rules: str
    request: RunRequest
    knowledge: Knowledge
    sizes: ContextSizes
    count: TokenCount
    room: int

    def build(self, transcript: Transcript) -> list[ChatMessage]:
        """Return the context as it stands."""
        return build_context(self.rules, self.request, self.knowledge, transcript, self.sizes)

    def share(self, transcript: Transcript) -> float:
        """Return how much of the room the context takes, 1 being all of it."""
        return self.count.of_messages(self.build(transcript)) / self.room


async def make_room(maker: ContextMaker, transcript: Transcript, recorder: Recorder, summarise: Summarise) -> bool:
    """Compact a transcript where it takes too much room; return whether the summary of steps was needed.

    Raises:
        NoRoomError: it does not fit however much is left out, or is compacted again and again without getting on.
    """
    if maker.share(transcript) < BEGINS_AT:
        return False
    await _mask(transcript, recorder)
    if maker.share(transcript) <= _GOAL:
        return False
    if _n_without_progress(transcript) >= _MOST_WITHOUT_PROGRESS:
        raise NoRoomError
    summed = await _sum_up(maker, transcript, recorder, summarise)
    if maker.share(transcript) > 1:
        raise NoRoomError
    return summed


async def _mask(transcript: Transcript, recorder: Recorder) -> None:
    indexes = [call.index for call in transcript.calls() if call.ended]
    up_to = indexes[-_RESULTS_KEPT - 1] if len(indexes) > _RESULTS_KEPT else 0
    if up_to > transcript.masked_up_to:
        await _record(transcript, recorder, Compacted(up_to=up_to))


async def _sum_up(maker: ContextMaker, transcript: Transcript, recorder: Recorder, summarise: Summarise) -> bool:
    n_summed = _n_to_sum(transcript)
    if n_summed <= transcript.n_summed:
        return False
    old = transcript.entries[transcript.n_summed : n_summed]
    summary = await summarise(maker.build(_part(transcript, old)))
    last = max((call.index for entry in old if isinstance(entry, Step) for call in entry.calls), default=0)
    event = Compacted(
        up_to=max(last, transcript.masked_up_to),
        summary=summary or "(no summary could be made)",
        details={"entries": n_summed},
    )
    await _record(transcript, recorder, event)
    return True


def _n_to_sum(transcript: Transcript) -> int:
    """Return how many entries to sum up: all but the last steps, and never a message of the user's after them."""
    ends = [number for number, entry in enumerate(transcript.entries) if isinstance(entry, Step)]
    return ends[-_STEPS_KEPT] if len(ends) > _STEPS_KEPT else 0


def _part(transcript: Transcript, entries: Sequence[Step | Said]) -> Transcript:
    part = Transcript(entries=list(entries), masked_up_to=transcript.masked_up_to)
    if transcript.summary:
        part.entries.insert(0, Said("assistant", transcript.summary))
    return part


def _n_without_progress(transcript: Transcript) -> int:
    """Return how often steps were summed up since something was changed or tested."""
    changed = [
        call.index
        for call in transcript.calls()
        if call.end is not None and call.end.ok and call.end.metadata.get("kind") in _CHANGING
    ]
    last = changed[-1] if changed else 0
    recent = transcript.compactions[transcript.compactions_since :]
    return sum(1 for each in recent if each.summary and each.up_to >= last)


async def _record(transcript: Transcript, recorder: Recorder, event: Compacted) -> None:
    await recorder.record(event)
    transcript.apply(event)
