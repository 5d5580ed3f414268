"""The place where the user will be once the suggestion on the screen has been accepted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pylot.completion.answer_cache import Answer
from pylot.completion.change import TextChange
from pylot.completion.model_run import ModelRun
from pylot.completion.values import CompletionRequest, Trigger

_MAX_AUTO_CLOSED = 2
_CLOSERS = frozenset(")]}>\"'`")


def after_accepting(request: CompletionRequest, answer: Answer) -> CompletionRequest:
    """Return the request that an editor makes after it has inserted an answer to `request`."""
    behind = request.text[request.offset + answer.replace_right :]
    return replace(
        request,
        text=request.prefix + answer.text + behind,
        offset=request.offset + len(answer.text),
        trigger=Trigger.AUTOMATIC,
        selected=None,
    )


@dataclass(slots=True, eq=False)
class Ahead:
    """A suggestion on the screen, the request that follows when it is accepted, and the run that answers that one.

    `run` is missing while none is needed: another source has answered already, or nothing is to be suggested there.
    """

    shown: CompletionRequest
    answer: Answer
    request: CompletionRequest
    run: ModelRun | None = None
    is_taken: bool = False

    def take(self) -> bool:
        """Note that the place is asked for; return whether a model has worked for it that nobody had asked yet."""
        is_first, self.is_taken = not self.is_taken, True
        return is_first and self.run is not None

    def is_for(self, request: CompletionRequest) -> bool:
        """Tell whether this very place has been looked at."""
        return request.offset == self.request.offset and request.text == self.request.text

    def is_still_likely(self, change: TextChange, text: str) -> bool:
        """Tell whether a change leads towards the place or on from it, as far as that is known.

        Only what was typed is compared, because the document may differ elsewhere in what is hidden from models.
        """
        if change.start < self.shown.offset:
            return False
        expected = self.answer.text + (self.run.text if self.run else "")
        n_new = len(text) - len(self.shown.text)
        # What was typed may have replaced what stood right of the cursor, and editors close brackets by themselves.
        lengths = [n_new + self.answer.replace_right, *range(n_new, n_new - _MAX_AUTO_CLOSED - 1, -1)]
        for length in lengths:
            end = self.shown.offset + length
            typed, closed = text[self.shown.offset : end], text[end : self.shown.offset + n_new]
            agrees = length >= 0 and (expected.startswith(typed) or typed.startswith(expected))
            if agrees and all(each in _CLOSERS for each in closed):
                return True
        return False

    def stop(self, reason: str) -> None:
        """Stop the run; what has been found stays known."""
        if self.run is not None:
            self.run.token.cancel(reason)
