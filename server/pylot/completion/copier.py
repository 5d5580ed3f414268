"""The local predictor: what followed the last time the code read like this?

It looks in the current file, the other open ones and those of the workspace that are most alike for the longest
context that reads like the text before the cursor, indentation aside, and lets the occurrences vote with a weight that
grows with the length of the agreement, before the cursor and after its line.
It needs no model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pylot.completion.copy_confidence import (
    COPY_SOURCE,
    CopyEvidence,
    ExactCopies,
    n_lines_worth,
    probabilities_right,
    probability_of_lines,
    said_of,
)
from pylot.completion.copy_index import CopyIndex, IndexedFile, SearchedFile
from pylot.completion.copy_lines import following_lines, missing_indentation
from pylot.completion.definition_uses import uses_at
from pylot.completion.known_symbols import NOTHING_KNOWN, FileKnowledge
from pylot.completion.rename_copier import RenamedLine, predict_renamed
from pylot.completion.values import Candidate, CompletionRequest

# Lengths of context to search for, longest first, and how many characters to search (the nearest and most recent
# texts first); the first length that is found decides. The less a match says, the less it may cost.
_NEEDLES = ((24, 5_000_000), (10, 800_000), (4, 300_000))
_REACH_BELOW = 800_000
_MAX_HITS = 32
_MAX_CONTEXT = 256
# One doubling of the vote for so many characters of agreement.
_DOUBLING = 8.0
_WEIGHT_BELOW = 0.5
_MIN_LINE_BELOW = 6
_RENAMED_FILES, _FILES_WITH_USES = 2, 6
# So many of each kind compete; those with less weight are next to never right.
_MAX_EXACT, _MAX_RENAMED = 8, 4


# Gives the files of the workspace that read most like a flat text's end.
Workspace = Callable[[str], Iterable[SearchedFile]]


def no_workspace(_before: str) -> tuple[SearchedFile, ...]:
    """Give no files."""
    return ()


@dataclass(frozen=True, slots=True)
class _Buffer:
    """A text to search; `nearest_last` when its end is what lies nearest to the cursor."""

    file: SearchedFile
    flat: str
    nearest_last: bool
    is_prefix: bool = False


@dataclass(slots=True)
class _Votes:
    """What speaks for one continuation, and the occurrence that speaks loudest."""

    weight: float = 0.0
    agreeing: int = 0
    match_length: int = 0
    match_below: int = 0
    buffer: _Buffer | None = None
    start: int = 0
    seen: set[tuple[int, int]] = field(default_factory=set)

    def evidence(self, total: float) -> ExactCopies:
        """What speaks for it; `total` is the weight of all continuations."""
        n_files = len({buffer for buffer, _ in self.seen})
        return ExactCopies(self.match_length, self.match_below, self.agreeing, n_files, self.weight / total)

    def lines_after(self, request: CompletionRequest, n_lines: int) -> list[str]:
        """The lines that followed at the best occurrence, at the indentation of the cursor's line."""
        if self.buffer is None or n_lines == 0:
            return []
        line_number = self.buffer.flat.count("\n", 0, self.start)
        return following_lines(self.buffer.file.text, line_number, request, n_lines)

    def indentation_for(self, request: CompletionRequest) -> str:
        """The blanks that a blank line at the cursor still lacks."""
        if self.buffer is None:
            return ""
        line_number = self.buffer.flat.count("\n", 0, self.start)
        return missing_indentation(self.buffer.file.text, line_number, request)


def predict(
    request: CompletionRequest,
    index: CopyIndex,
    *,
    multiline: bool,
    min_probability: float = 0.15,
    limit: int = 1,
    workspace: Workspace = no_workspace,
    knowledge: FileKnowledge = NOTHING_KNOWN,
) -> tuple[Candidate, ...]:
    """Return up to `limit` continuations of the cursor's line, the likeliest first.

    With `multiline` each goes on with the lines that followed it there, as long as the whole stays `min_probability`
    likely. Uses of what the file imports, as far as `knowledge` tells of it, compete with the copies.
    Each carries its calibrated probability as its one log-probability.
    """
    search = _Search.at(request, index, limit, workspace)
    found = _found(search, request, knowledge)
    probabilities = probabilities_right([each.evidence for each in found])
    likeliest = sorted(zip(probabilities, found, strict=True), key=lambda pair: -pair[0])[:limit]
    candidates = []
    for chosen, each in likeliest:
        probability = said_of(each.evidence, chosen)
        n_more = n_lines_worth(probability, min_probability) if multiline else 0
        text, more = each.first_line(request), each.lines_after(search, request, n_more)
        logprob = math.log(probability_of_lines(probability, len(more)))
        joined = "\n".join([text, *more])
        candidates.append(Candidate(joined, COPY_SOURCE, logprobs=(logprob,), match_length=each.match_length))
    return tuple(candidates)


def evidence_at(
    request: CompletionRequest,
    index: CopyIndex,
    *,
    workspace: Workspace = no_workspace,
    knowledge: FileKnowledge = NOTHING_KNOWN,
) -> tuple[CopyEvidence, ...]:
    """Return what speaks for each of the continuations that `predict` chooses from."""
    return tuple(each.evidence for each in _found(_Search.at(request, index, 1, workspace), request, knowledge))


@dataclass(frozen=True, slots=True)
class _Found:
    """One continuation, where its exact copies are and where its renamed ones."""

    evidence: CopyEvidence
    votes: _Votes | None
    renamed: RenamedLine | None

    @property
    def match_length(self) -> int:
        exact, renamed = self.evidence.exact, self.evidence.renamed
        return max(exact.match_length if exact else 0, renamed.match_length if renamed else 0)

    def first_line(self, request: CompletionRequest) -> str:
        text = self.evidence.text
        return text if self.votes is None else self.votes.indentation_for(request) + text

    def lines_after(self, search: _Search, request: CompletionRequest, n_lines: int) -> list[str]:
        if n_lines == 0:
            return []
        if self.votes is not None:
            return self.votes.lines_after(request, n_lines)
        if (line := self.renamed) is None:
            return []
        following = following_lines(search.buffers[line.source].file.text, line.number, request, n_lines)
        return [line.renaming.apply(each) for each in following]


def _found(search: _Search, request: CompletionRequest, knowledge: FileKnowledge) -> list[_Found]:
    """Return the continuations with most weight, exact, renamed and of definitions; what is found twice counts once."""
    total = sum(votes.weight for votes in search.votes.values())
    ranked = dict(sorted(search.votes.items(), key=lambda item: -item[1].weight)[:_MAX_EXACT])
    renamed = {line.text: line for line in _renamed(search, request)}
    uses = uses_at(request, knowledge, [buffer.flat for buffer in search.buffers[2 : 2 + _FILES_WITH_USES]])
    found = []
    for text in dict.fromkeys((*ranked, *renamed, *uses)):
        votes, line = ranked.get(text), renamed.get(text)
        exact = votes.evidence(total) if votes else None
        evidence = CopyEvidence(text, search.typed, exact, line.copies if line else None, uses.get(text))
        found.append(_Found(evidence, votes, line))
    return found


def _renamed(search: _Search, request: CompletionRequest) -> list[RenamedLine]:
    if not search.typed and not request.prefix.endswith((" ", "\t")):
        # Where the indentation is missing too, an exact copy knows it and this one does not.
        return []
    others = [buffer.flat for buffer in search.buffers[2 : 2 + _RENAMED_FILES]]
    return predict_renamed(search.before, search.below, others, request.language, limit=_MAX_RENAMED)


class _Search:
    """One look for everything that reads like the text around the cursor."""

    def __init__(self, before: str, below: str, buffers: list[_Buffer]) -> None:
        self.before = before
        self.below = below
        self.typed = before[before.rfind("\n") + 1 :]
        self.line_above = before[: len(before) - len(self.typed)].rstrip().rsplit("\n", 1)[-1]
        self.next_line = below.lstrip("\n").split("\n", 1)[0].rstrip()
        self.buffers = buffers
        self.votes: dict[str, _Votes] = {}

    @classmethod
    def at(cls, request: CompletionRequest, index: CopyIndex, n_wanted: int, workspace: Workspace) -> _Search:
        around = index.flat_texts.around(request)
        before, below = around.before, around.below
        others = list(index.files(except_path=request.path))
        known = {request.path, *(file.path for file in others)}
        buffers = [
            _Buffer(IndexedFile(request.path, around.prefix, before), before, nearest_last=True, is_prefix=True),
            _Buffer(IndexedFile(request.path, around.lower, below), below, nearest_last=False),
            *(_Buffer(file, file.flat, nearest_last=True) for file in others),
            *(_Buffer(file, file.flat, nearest_last=True) for file in workspace(before) if file.path not in known),
        ]
        search = cls(before, below, buffers)
        search._by_line_below()
        search._by_context_above(n_wanted)
        return search

    def _by_context_above(self, n_wanted: int) -> None:
        for length, reach in _NEEDLES:
            needle = self.before[-length:]
            if len(needle) < length or not needle.strip():
                continue
            for buffer in self._within(reach):
                for start in _hits(buffer, needle):
                    self._vote(buffer, start + length)
            if len(self.votes) >= n_wanted:
                return

    def _by_line_below(self) -> None:
        """What stood above the line that stands below the cursor, if it begins like the cursor's line."""
        if len(self.next_line) < _MIN_LINE_BELOW:
            return
        needle = "\n" + self.next_line[:32]
        for buffer in self._within(_REACH_BELOW):
            for end in _hits(buffer, needle):
                start = buffer.flat.rfind("\n", 0, end) + 1
                if end > 0 and buffer.flat.startswith(self.typed, start):
                    self._vote(buffer, start + len(self.typed))

    def _within(self, reach: int) -> Iterator[_Buffer]:
        for buffer in self.buffers:
            yield buffer
            reach -= len(buffer.flat)
            if reach <= 0:
                return

    def _vote(self, buffer: _Buffer, start: int) -> None:
        end = buffer.flat.find("\n", start)
        if end < 0:
            if buffer.is_prefix:
                return
            end = len(buffer.flat)
        line = buffer.flat[start:end].rstrip()
        if not line or (self.typed + line).strip() in (self.line_above.strip(), self.next_line):
            return
        votes = self.votes.setdefault(line, _Votes())
        occurrence = (id(buffer), start)
        if occurrence in votes.seen:
            return
        votes.seen.add(occurrence)
        above = _agreement_above(self.before, buffer.flat, start)
        below = _agreement_below(self.below, buffer.flat, end)
        votes.weight += 2.0 ** ((above + _WEIGHT_BELOW * below) / _DOUBLING)
        votes.agreeing += 1
        votes.match_below = max(votes.match_below, below)
        if above > votes.match_length or votes.buffer is None:
            votes.match_length, votes.buffer, votes.start = above, buffer, start


def _hits(buffer: _Buffer, needle: str) -> Iterator[int]:
    """Yield where `needle` begins, nearest to the cursor first, at most 32 times."""
    flat = buffer.flat
    if not buffer.nearest_last:
        position = flat.find(needle)
        for _ in range(_MAX_HITS):
            if position < 0:
                return
            yield position
            position = flat.find(needle, position + 1)
        return
    end = len(flat) - 1 if buffer.is_prefix else len(flat)
    for _ in range(_MAX_HITS):
        position = flat.rfind(needle, 0, end)
        if position < 0:
            return
        yield position
        end = position + len(needle) - 1


def _agreement_above(text: str, other: str, end: int) -> int:
    """How many characters agree before the end of `text` and before `end` in `other`."""
    low, high = 0, min(len(text), end, _MAX_CONTEXT)
    while low < high:
        middle = (low + high + 1) // 2
        if text.endswith(other[end - middle : end]):
            low = middle
        else:
            high = middle - 1
    return low


def _agreement_below(text: str, other: str, start: int) -> int:
    """How many characters agree from the beginning of `text` and from `start` in `other`."""
    low, high = 0, min(len(text), len(other) - start, _MAX_CONTEXT // 2)
    while low < high:
        middle = (low + high + 1) // 2
        if other.startswith(text[:middle], start):
            low = middle
        else:
            high = middle - 1
    return low
