"""What the steps hand on to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from pylot.completion import cursor
from pylot.completion.reasons import Reason
from pylot.completion.values import CompletionRequest, Indentation

# (language, text before, completion, text after) -> how many characters of the completion belong to the block.
BlockEnd = Callable[[str, str, str, str], int]


@dataclass(frozen=True, slots=True)
class Draft:
    """Insert `text` at the cursor and take away `replace_right` characters right of it on its line."""

    text: str
    replace_right: int = 0


@dataclass(frozen=True)
class PostContext:
    """The place that a text is for.

    `stop_texts` are the model card's: sentinels and stops that must not reach the user.
    """

    prefix: str
    suffix: str
    language: str
    single_line: bool
    indentation: Indentation = field(default_factory=Indentation)
    stop_texts: tuple[str, ...] = ()
    block_end: BlockEnd | None = None

    @classmethod
    def of(
        cls,
        request: CompletionRequest,
        *,
        single_line: bool,
        stop_texts: tuple[str, ...] = (),
        block_end: BlockEnd | None = None,
    ) -> PostContext:
        """Return the context of a request."""
        return cls(
            request.prefix, request.suffix, request.language, single_line, request.indentation, stop_texts, block_end
        )

    @cached_property
    def line_before(self) -> str:
        """The cursor's line before it."""
        return cursor.line_before(self.prefix)

    @cached_property
    def rest(self) -> str:
        """The cursor's line after it, without blanks at its end."""
        return cursor.rest_of_line(self.suffix).rstrip()

    @property
    def on_blank_line(self) -> bool:
        """Whether only blanks stand before the cursor on its line."""
        return not self.line_before.strip()

    @cached_property
    def line_above(self) -> str:
        """The nearest line above that is not blank, or an empty string."""
        above = (line for line in reversed(cursor.lines_above(self.prefix, 50)) if line.strip())
        return next(above, "")


Step = Callable[[Draft, PostContext], Draft | Reason]
