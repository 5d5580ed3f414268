"""The settings in force: loaded from all layers, reloaded when a file changes, the last good version kept (M1-M3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pylot.app.client import Client, FileProblem, Level
from pylot.app.sections import SECTIONS
from pylot.config.layers import Layer, Problem
from pylot.config.settings import Settings, load_settings
from pylot.config.sources import Sources, read_layers
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
        self.problems: list[Problem] = []
        self.settings: Settings = self._load()

    def set_roots(self, roots: Sequence[Path]) -> None:
        """Take new workspace folders."""
        self._change(replace(self._sources, roots=tuple(roots)))

    def set_editor(self, values: Mapping[str, object]) -> None:
        """Take the editor's layer."""
        self._change(replace(self._sources, editor=values))

    def reload_if_changed(self) -> bool:
        """Load again when a file has changed; return whether that happened."""
        if not self._watcher.changed():
            return False
        self.settings = self._load()
        return True

    def _change(self, sources: Sources) -> None:
        self._sources = sources
        self._watcher = FileWatcher(sources.files)
        self.settings = self._load()

    def _load(self) -> Settings:
        self._layers, problems = read_layers(self._sources, self._layers)
        settings, more = load_settings(SECTIONS, self._layers)
        self.problems = [*problems, *more]
        self._tell()
        return settings

    def _tell(self) -> None:
        by_path: dict[Path, list[FileProblem]] = {}
        for problem in self.problems:
            if problem.path is not None:
                by_path.setdefault(problem.path, []).append(FileProblem(problem.line or 0, _with_key(problem)))
            elif problem.sentence not in self._said:
                self._said.add(problem.sentence)
                self._client.show_message(Level.WARNING, problem.sentence)
        for path in self._shown - by_path.keys():
            self._client.publish_problems(path, [])
        for path, problems in by_path.items():
            self._client.publish_problems(path, problems)
        self._shown = set(by_path)


def _with_key(problem: Problem) -> str:
    return f"{'.'.join(problem.key)}: {problem.message}" if problem.key else problem.message
