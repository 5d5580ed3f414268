"""Plan the prompt so that the next keystroke costs one decoded token.

The anchor is the beginning of the line where the current spell of typing began, or a place shortly before the cursor on
a very long line.
Everything before it, the text after the cursor and the context from elsewhere are held fixed while the user types on;
only the tail between anchor and cursor changes (`reference/engine.md` section 4, ANCH).
A pure function: the previous plan goes in, the next one comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pylot.completion.cursor import is_inert, rest_of_line
from pylot.completion.sources import ContextPiece
from pylot.completion.values import CompletionRequest
from pylot.models.values import ContextChunk, FimPrompt

_CHARACTERS_PER_TOKEN = 3
_MAX_TAIL_TOKENS = 300
_MIN_TAIL_TOKENS = 48
_MIN_WITH_CONTEXT = 512
STABLE_SUFFIX_CHARACTERS = 400
_SLIDE_TO = 0.7
_CONTEXT_SECONDS = 30.0
_MIN_CHUNK_TOKENS = 24


@dataclass(frozen=True, slots=True)
class PromptBudget:
    """How many tokens each part of a prompt may take."""

    head: int
    suffix: int
    context: int
    tail: int

    @classmethod
    def of(cls, n_tokens: int) -> PromptBudget:
        """Divide a number of prompt tokens; a short prompt has no room for text from elsewhere."""
        suffix, context = n_tokens * 15 // 100, n_tokens * 25 // 100 if n_tokens >= _MIN_WITH_CONTEXT else 0
        # A tail that is cut slides with every key, so it gets a line's length even where little is left for the head.
        tail = min(_MAX_TAIL_TOKENS, max(n_tokens // 8, min(_MIN_TAIL_TOKENS, n_tokens // 3)))
        return cls(head=n_tokens - suffix - context - tail, suffix=suffix, context=context, tail=tail)

    @property
    def n_tokens(self) -> int:
        """All tokens of it."""
        return self.head + self.suffix + self.context + self.tail


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """A prompt and what must stay the same for the next one to build on it.

    `n_tokens` is the budget that it was made with.
    `kept` is true when the anchor of the previous plan still holds; otherwise `reason` says why it does not.
    """

    prompt: FimPrompt
    uri: str
    model: str
    start: int
    anchor: int
    full_suffix: str
    context_time: float
    kept: bool
    reason: str
    n_tokens: int

    def reaches(self, offset: int) -> bool:
        """Tell whether a place is behind the anchor and near enough to it."""
        return 0 <= offset - self.anchor <= self.prompt.max_tail_tokens * _CHARACTERS_PER_TOKEN


def plan_prompt(
    request: CompletionRequest,
    previous: PromptPlan | None,
    *,
    model: str,
    budget: PromptBudget,
    context: Callable[[], Sequence[ContextPiece]],
    now: float,
) -> PromptPlan:
    """Return the plan for a request; `context` is asked only when the held context is no longer good."""
    suffix = stable_suffix(request)
    same_place = previous is not None and (previous.uri, previous.model) == (request.uri, model)
    why_not = "first request here" if previous is None or not same_place else _why_not(previous, request, suffix)
    if previous is not None and not why_not:
        prompt = replace(previous.prompt, tail=request.text[previous.anchor : request.offset])
        return replace(previous, prompt=prompt, kept=True, reason="")
    held = previous if previous is not None and same_place else None
    line_start = request.text.rfind("\n", 0, request.offset) + 1
    anchor = max(line_start, request.offset - budget.tail * _CHARACTERS_PER_TOKEN // 2)
    if held is not None and now - held.context_time < _CONTEXT_SECONDS:
        chunks, context_time = held.prompt.context, held.context_time
    else:
        shown = _shown(request, budget)
        # Only windows of this very file can stand in the prompt anyway.
        pieces = [it for it in context() if it.path != request.path or it.text not in shown]
        chunks, context_time = choose_chunks(pieces, budget.context), now
    n_head = budget.head + budget.context - sum(chunk.max_tokens for chunk in chunks)
    start = _head_start(request, held, anchor, n_head * _CHARACTERS_PER_TOKEN)
    prompt = FimPrompt(
        path=request.path.rpartition("/")[2] or "untitled",
        head=request.text[start:anchor],
        tail=request.text[anchor : request.offset],
        suffix=_cut_to_lines(suffix, budget.suffix * (_CHARACTERS_PER_TOKEN + 1)),
        context=chunks,
        max_head_tokens=n_head,
        max_suffix_tokens=budget.suffix,
        max_tail_tokens=budget.tail,
        file=request.path,
    )
    return PromptPlan(
        prompt,
        request.uri,
        model,
        start,
        anchor,
        suffix,
        context_time,
        kept=False,
        reason=why_not,
        n_tokens=budget.n_tokens,
    )


def holds(plan: PromptPlan, request: CompletionRequest, model: str) -> bool:
    """Tell whether a request can go on from a plan with nothing but its tail changed."""
    return (plan.uri, plan.model) == (request.uri, model) and not _why_not(plan, request, stable_suffix(request))


def stable_suffix(request: CompletionRequest) -> str:
    """Return the text after the cursor, without closers that the editor put there while the user types.

    They would change the suffix at every bracket; post-processing takes care that they are not written twice.
    """
    suffix = request.suffix
    rest = rest_of_line(suffix)
    return suffix[len(rest) :] if is_inert(rest) else suffix


def choose_chunks(pieces: Sequence[ContextPiece], n_tokens: int) -> tuple[ContextChunk, ...]:
    """Return the best pieces that fit, worst first, so that the best stands nearest to the code."""
    chosen: list[ContextChunk] = []
    left = n_tokens
    for piece in sorted(pieces, key=lambda piece: -piece.score):
        wanted = len(piece.text) // _CHARACTERS_PER_TOKEN + 8
        if left < _MIN_CHUNK_TOKENS:
            break
        n_chunk = min(wanted, left)
        name = piece.path.rpartition("/")[2]
        chosen.append(ContextChunk(piece.source, name, piece.text, n_chunk, file=piece.path))
        left -= n_chunk
    return tuple(reversed(chosen))


def _shown(request: CompletionRequest, budget: PromptBudget) -> str:
    """Return about as much of the text around the cursor as a prompt shows, whatever context takes."""
    n_before, n_after = ((n + 1) * _CHARACTERS_PER_TOKEN for n in (budget.head, budget.suffix))
    return request.text[max(0, request.offset - n_before) : request.offset + n_after]


def _why_not(previous: PromptPlan, request: CompletionRequest, suffix: str) -> str:
    """Return why the previous anchor no longer holds, or an empty text."""
    if request.offset < previous.anchor:
        return "the cursor left the anchor"
    if not request.text.startswith(previous.prompt.head, previous.start):
        return "the text before the anchor changed"
    if not previous.reaches(request.offset):
        return "the text since the anchor grew long"
    if suffix[:STABLE_SUFFIX_CHARACTERS] != previous.full_suffix[:STABLE_SUFFIX_CHARACTERS]:
        return "the text after the cursor changed"
    return ""


def _head_start(request: CompletionRequest, held: PromptPlan | None, anchor: int, n_characters: int) -> int:
    """Return where the head begins: where it began before as long as that fits, else well inside the budget.

    Sliding seldom and far keeps the cache; sliding at every line would decode the whole head each time.
    """
    if held is not None and held.start <= anchor and anchor - held.start <= n_characters:
        n_same = min(held.anchor, anchor) - held.start
        if n_same > 0 and request.text.startswith(held.prompt.head[:n_same], held.start):
            return held.start
    if anchor <= n_characters:
        return 0
    start = request.text.find("\n", anchor - int(n_characters * _SLIDE_TO), anchor)
    return start + 1 if start >= 0 else anchor - int(n_characters * _SLIDE_TO)


def _cut_to_lines(text: str, n_characters: int) -> str:
    if len(text) <= n_characters:
        return text
    end = text.rfind("\n", 0, n_characters)
    return text[: end + 1] if end > 0 else text[:n_characters]
