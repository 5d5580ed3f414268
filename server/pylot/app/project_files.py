"""The files around a document, as an action may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pylot.actions.offer import Place
from pylot.app.visibility import Visibility
from pylot.workspace.exclusion import ExclusionGate

_MOST_NAMES = 2_000


class ProjectFiles:
    """Read below one workspace folder, through the gate; open documents as they are now. Lives in one thread."""

    def __init__(
        self,
        root: Path,
        path: str,
        gate: ExclusionGate,
        read_file: Callable[[Path, ExclusionGate], str | None],
        open_texts: Mapping[str, str],
    ) -> None:
        self._root, self.path, self._gate = root, path, gate
        self._read_file, self._open_texts = read_file, open_texts

    def read(self, path: str) -> str | None:
        """Return the present text of a file, or None where there is none that may be read."""
        if path in self._open_texts:
            return self._open_texts[path]
        text = self._read_file(self._root / path, self._gate)
        return None if text is None else text.removeprefix("\ufeff")

    def names(self, folder: str) -> Sequence[str]:
        """Return the names of the files in a folder, in order; none where it may not be entered."""
        place = self._root / folder
        try:
            if place != self._root and self._gate.excludes_folder(place):
                return []
            found = sorted(each.name for each in place.iterdir() if each.is_file() and not each.is_symlink())
        except OSError:
            return []
        return found[:_MOST_NAMES]

    def absolute(self, path: str) -> str:
        """Return the whole path of a file."""
        return str(self._root / path)


def project_around(place: Place, visible: Visibility) -> ProjectFiles | None:
    """Return the files around a document, None where it lies in no workspace folder; for the event loop."""
    path = Path(place.path)
    root = visible.roots.containing(path) if place.path else None
    if root is None:
        return None
    others = {
        Path(each.path).relative_to(root).as_posix(): each.content.text
        for each in visible.others("")
        if each.path and Path(each.path).is_relative_to(root) and visible.may_be_context(each)
    }
    return ProjectFiles(root, path.relative_to(root).as_posix(), visible.new_gate(), visible.read_file, others)
