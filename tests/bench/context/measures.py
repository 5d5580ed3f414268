"""What context is worth: is the definition there before its name is typed, and do the next line's names stand there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from pylot.completion.definition_ranking import rank
from pylot.completion.definition_sources import CalledDefinitionSource
from pylot.completion.knowledge import knowledge_of
from pylot.completion.plan import PromptBudget, PromptPlan, plan_prompt
from pylot.completion.planner import SOURCES
from pylot.completion.sources import ContextPiece, Surroundings
from pylot.completion.values import CompletionRequest
from pylot.syntax.identifiers import identifiers
from pylot.syntax.languages import canonical_language
from tests.bench.context.projects import Project
from tests.bench.context.sites import CallSite

_WINDOW_LINES = 64
_PROMPT_TOKENS = 2000


def request_at(path: str, text: str, offset: int) -> CompletionRequest:
    """Return what an editor would ask at a place."""
    return CompletionRequest("file:///" + path, path, canonical_language("", path), 1, text, offset)


def without_rest_of_line(text: str, offset: int) -> str:
    """Return a text as it was when the line had been written up to a place."""
    end = text.find("\n", offset)
    return text[:offset] + (text[end:] if end >= 0 else "")


def place_of_definition(site: CallSite) -> int:
    """Return at which place, from 0, the definition stands that is about to be used."""
    text = without_rest_of_line(site.text, site.offset)
    ranked = rank(site.knowledge.imported, text, site.offset)
    return next(place for place, (definition, _) in enumerate(ranked) if definition.name == site.name)


def is_found_in_call(site: CallSite) -> bool:
    """Tell whether the definition stands in the prompt once its name and the bracket are typed."""
    offset = site.offset + len(site.name) + 1
    request = request_at(site.path, without_rest_of_line(site.text, offset), offset)
    pieces = CalledDefinitionSource().gather(request, Surroundings(knowledge=site.knowledge))
    signature = site.found.definition.signature if site.found.definition else ""
    return [(piece.path, piece.text.split("\n")[0]) for piece in pieces] == [(site.found.path, signature)]


def place_by_similar_lines(site: CallSite, project: Project) -> int:
    """Return at which place the definition stands among windows of 64 lines by shared words, as llama.vim ranks."""
    before = site.text[: site.offset].split("\n")
    wanted = frozenset("\n".join(before[-_WINDOW_LINES // 2 :]).split())
    line = site.found.definition.name_line if site.found.definition else 0
    scored: list[tuple[float, bool]] = []
    for path, text in project.texts.items():
        if path == site.path:
            continue
        lines = text.split("\n")
        for start in range(0, len(lines), _WINDOW_LINES):
            words = frozenset("\n".join(lines[start : start + _WINDOW_LINES]).split())
            score = len(words & wanted) / max(1, len(words | wanted))
            scored.append((score, path == site.found.path and start <= line < start + _WINDOW_LINES))
    scored.sort(key=lambda pair: -pair[0])
    return next((place for place, (_, is_it) in enumerate(scored) if is_it), len(scored))


def names_in_prompt(project: Project, places: Sequence[tuple[str, str, int]]) -> tuple[float, float]:
    """Return which share of the names of the next line stands in a prompt, without context and with it."""
    n_names = n_alone = n_with = 0
    for path, text, offset in places:
        end = text.find("\n", offset)
        names = identifiers(text[offset : end if end >= 0 else len(text)], canonical_language("", path))
        request = request_at(path, without_rest_of_line(text, offset), offset)
        knowledge = knowledge_of(project.table, path, lambda _: True)
        surroundings = Surroundings(knowledge=knowledge)
        alone, full = (_words_of(_plan(request, each)) for each in (None, surroundings))
        n_names += len(names)
        n_alone += len(names & alone)
        n_with += len(names & full)
    return n_alone / max(1, n_names), n_with / max(1, n_names)


def _plan(request: CompletionRequest, surroundings: Surroundings | None) -> PromptPlan:
    budget = PromptBudget.of(_PROMPT_TOKENS)
    if surroundings is None:
        budget = replace(budget, head=budget.head + budget.context, context=0)
        return plan_prompt(request, None, model="", budget=budget, context=lambda: (), now=0)

    def context() -> list[ContextPiece]:
        return [piece for source in SOURCES for piece in source.gather(request, surroundings)]

    return plan_prompt(request, None, model="", budget=budget, context=context, now=0)


def _words_of(plan: PromptPlan) -> frozenset[str]:
    prompt = plan.prompt
    pieces = [chunk.text[: chunk.max_tokens * 3] for chunk in prompt.context]
    head = prompt.head[-3 * prompt.max_head_tokens :]
    return identifiers("\n".join([*pieces, head, prompt.tail, prompt.suffix[: 3 * prompt.max_suffix_tokens]]))


def sample(sites: Sequence[CallSite], n_sites: int) -> Sequence[CallSite]:
    """Return some sites, the same every time."""
    return random.Random(0).sample(sites, min(n_sites, len(sites)))
