"""Lines with secrets: a model sees them masked, and what it hands back masked becomes what it was."""

from __future__ import annotations

from pylot.actions.edits import TextEdit
from pylot.kernel.errors import ActionRefusedError


class MaskedLines:
    """The lines of a text that a model was shown otherwise; `shown` has as many characters as `text`."""

    def __init__(self, text: str, shown: str) -> None:
        self._text = text
        pairs = zip(text.split("\n"), shown.split("\n"), strict=True) if text != shown else ()
        self._originals = {masked.strip(): line.strip() for line, masked in pairs if line != masked}

    def restored(self, answer: str) -> str:
        """Return an answer in which every whole line that was masked stands as it is in the text."""
        if not self._originals:
            return answer
        return "\n".join(self._restored(line) for line in answer.split("\n"))

    def refuse_lost(self, edit: TextEdit) -> None:
        """Refuse an edit that would change a line which the model has not seen.

        Raises:
            ActionRefusedError: it would.
        """
        replaced = {line.strip() for line in self._text[edit.start : edit.end].split("\n")}
        kept = {line.strip() for line in edit.text.split("\n")}
        secret = set(self._originals.values())
        if (replaced & secret) - kept or self._originals.keys() & kept:
            raise ActionRefusedError(
                "A line holds what looks like a secret, which no model is shown, so Pylot left it alone."
            )

    def _restored(self, line: str) -> str:
        bare = line.strip()
        return line.replace(bare, self._originals[bare]) if bare in self._originals else line
