"""The settings in force: loaded from all layers, reloaded when a file changes, the last good version kept (M1-M3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pylot.app.client import Client, FileProblem, Level
from pylot.app.sections import SECTIONS
from pylot.config.layers import Layer, Problem
from pylot.config.settings import Settings, load_settings
from pylot.config.sources import WORKSPACE_FILE, Sources, read_layers
from pylot.config.trust import is_trusted, trusted_folders
from pylot.config.watch import FileWatcher


class Configuration:
    """Hold the settings and tell the client what is wrong with them, each problem once."""

    def __init__(self, sources: Sources, client: Client) -> None:
        self._sources = sources
        self._client = client
        self._layers: list[Layer] = []
        self._shown: set[Path] = set()
        self._said: set[str] = set()
        self._watcher = FileWatcher(sources.files)
        self._is_news = False
        self._unread: dict[str, Path] = {}
        self.problems: list[Problem] = []
        self.settings: Settings = self._load()

    def set_roots(self, roots: Sequence[Path]) -> None:
        """Take new workspace folders."""
        self._change(replace(self._sources, roots=tuple(roots)))

    def set_editor(self, values: Mapping[str, object]) -> None:
        """Take the editor's layer."""
        self._change(replace(self._sources, editor=values))

    def trusts(self, root: Path) -> bool:
        """Tell whether the user has said that they trust a workspace folder."""
        return is_trusted(root, self.trusted)

    @property
    def trusted(self) -> tuple[Path, ...]:
        """The folders that the user trusts, with all that is below them."""
        return trusted_folders(self._layers)

    def reload(self) -> None:
        """Load at once, because a file has just been written; `reload_if_changed` tells of it when asked next."""
        self.settings = self._load()
        self._is_news = True

    def reload_if_changed(self) -> bool:
        """Load again when a file has changed; return whether that happened."""
        if self._watcher.changed():
            self.settings = self._load()
        elif not self._is_news:
            return False
        self._is_news = False
        return True

    def _change(self, sources: Sources) -> None:
        self._sources = sources
        self._watcher = FileWatcher(sources.files)
        self.settings = self._load()

    def _load(self) -> Settings:
        self._layers, problems = read_layers(self._sources, self._layers)
        settings, more = load_settings(SECTIONS, self._layers)
        self._unread = self._unread_files()
        self.problems = [*problems, *more, *map(Problem, self._unread)]
        self._tell()
        return settings

    def _unread_files(self) -> dict[str, Path]:
        """Return a sentence for each workspace file that is there and has no say, with its folder."""
        read = {layer.path for layer in self._layers}
        unread = {root: root / WORKSPACE_FILE for root in self._sources.roots}
        return {
            f"{path} is not read, because you have not said that you trust its folder: `pylot trust` does.": root
            for root, path in unread.items()
            if path not in read and path.exists()
        }

    def _workspace_files(self) -> list[Path]:
        return [root / WORKSPACE_FILE for root in self._sources.roots]

    def _tell(self) -> None:
        by_path: dict[Path, list[FileProblem]] = {}
        for problem in self.problems:
            if problem.path is not None:
                by_path.setdefault(problem.path, []).append(FileProblem(problem.line or 0, _with_key(problem)))
            else:
                self._say(problem.sentence)
        for path in self._shown - by_path.keys():
            self._client.publish_problems(path, [])
        for path, problems in by_path.items():
            self._client.publish_problems(path, problems)
        self._shown = set(by_path)
        # Few look at diagnostics of a file that somebody else wrote.
        for path in self._workspace_files():
            if path in by_path:
                keys = dict.fromkeys(".".join(it.key) for it in self.problems if it.path == path and it.key)
                self._say(
                    f"Not all of {path} is in force{': ' if keys else ''}{', '.join(keys)}; its problems say why."
                )

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            if (folder := self._unread.get(sentence)) is not None:
                self._client.show_untrusted(folder, sentence)
            else:
                self._client.show_message(Level.WARNING, sentence)


def _with_key(problem: Problem) -> str:
    return f"{'.'.join(problem.key)}: {problem.message}" if problem.key else problem.message
