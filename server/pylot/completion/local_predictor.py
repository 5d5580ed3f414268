"""The step of the local predictor: what followed the last time the code read like this, judged like any candidate."""

from __future__ import annotations

from pylot.completion.answer_cache import Answer
from pylot.completion.assess import Draw, assess
from pylot.completion.copier import no_workspace, predict
from pylot.completion.copy_index import CopyIndex
from pylot.completion.environment import Environment
from pylot.completion.explain import Trace
from pylot.completion.line_index import LineIndex
from pylot.completion.values import Candidate, CompletionRequest, Trigger
from pylot.completion.verify import MIN_CONFIDENCE
from pylot.syntax.tree import SyntaxTree


class LocalPredictor:
    """Copy from the open files and the workspace; `workspace` is what has been read of it so far."""

    def __init__(self) -> None:
        self._copies = CopyIndex()
        self.workspace = LineIndex()

    def answers(
        self,
        request: CompletionRequest,
        environment: Environment,
        trace: Trace,
        *,
        multiline: bool,
        tree: SyntaxTree | None,
    ) -> tuple[list[Answer], Candidate | None]:
        """Return the copies worth showing, and the likeliest one, whether or not it is."""
        if not environment.settings.local_predictor:
            return [], None
        with trace.step("copy") as step:
            candidates = self.predict(request, environment, multiline=multiline)
            step.outcome = "found" if candidates else "nothing"
            step.details = {"matchLength": candidates[0].match_length} if candidates else {}
        answers = []
        for candidate in candidates:
            result = assess(Draw(candidate), request, environment, trace, multiline=multiline, profile=None, tree=tree)
            if result.answer is not None:
                answers.append(result.answer)
        return answers, candidates[0] if candidates else None

    def predict(
        self, request: CompletionRequest, environment: Environment, *, multiline: bool
    ) -> tuple[Candidate, ...]:
        """Return what may follow, the likeliest first, not judged yet."""
        self._copies.refresh(environment.surroundings.open_files)
        allowed = environment.surroundings.workspace_allowed
        return predict(
            request,
            self._copies,
            multiline=multiline,
            min_probability=MIN_CONFIDENCE[environment.eagerness],
            workspace=(lambda before: self.workspace.files_like(before, allowed)) if allowed else no_workspace,
            knowledge=environment.surroundings.knowledge,
        )


def copy_suffices(request: CompletionRequest, environment: Environment, copied: Answer) -> bool:
    """Tell whether a copied line is good enough to save asking the model."""
    if request.trigger is Trigger.INVOKED:
        return False
    profile = environment.provider.profile if environment.provider else None
    # A model that is still loading would keep everybody waiting for what is known already.
    return profile is None or copied.confidence >= profile.copy_first_confidence
