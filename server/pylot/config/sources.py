"""All layers of one user in one place, read together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pylot.config.file_layer import read_layer
from pylot.config.layers import Layer, LayerKind, Problem, command_line_layer, editor_layer, environment_layer
from pylot.config.shipped import shipped_folder
from pylot.config.trust import is_trusted, trusted_folders

USER_FILE_NAMES = ("pylot.toml", "pylot.yaml", "pylot.yml")
WORKSPACE_FILE = Path(".pylot") / "pylot.toml"


@dataclass(frozen=True, slots=True)
class Sources:
    """Name everything that may speak about settings."""

    config_folder: Path
    roots: Sequence[Path] = ()
    editor: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    overrides: Sequence[str] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file whose change may change the settings, whether it exists or not."""
        user = [self.config_folder / name for name in USER_FILE_NAMES]
        return (*user, *(root / WORKSPACE_FILE for root in self.roots))


def read_layers(sources: Sources, previous: Iterable[Layer] = ()) -> tuple[list[Layer], list[Problem]]:
    """Return all layers, lowest first, and what is wrong with their files.

    Pass the layers of the last call as `previous`, so that a file which has become unreadable keeps its last good
    version. Workspace files are read only below folders that the user has named in `workspace.trusted`.
    """
    last_good = {layer.path: layer for layer in previous if layer.path is not None}
    shipped, problems = read_layer(shipped_folder() / "pylot.toml", LayerKind.SHIPPED)
    user, user_problems = _read_user_layer(sources.config_folder, last_good)
    overrides, override_problems = command_line_layer(sources.overrides)
    above = [environment_layer(sources.environ), overrides]
    problems += [*user_problems, *override_problems]
    trusted = trusted_folders([user, *above])
    layers = [shipped, user]
    for root in sources.roots:
        if is_trusted(root, trusted):
            path = root / WORKSPACE_FILE
            layer, workspace_problems = read_layer(path, LayerKind.WORKSPACE, last_good.get(path))
            layers.append(layer)
            problems += workspace_problems
    return [*layers, editor_layer(sources.editor), *above], problems


def _read_user_layer(folder: Path, last_good: Mapping[Path, Layer]) -> tuple[Layer, list[Problem]]:
    present = [path for name in USER_FILE_NAMES if (path := folder / name).exists()]
    chosen = present[0] if present else folder / USER_FILE_NAMES[0]
    layer, problems = read_layer(chosen, LayerKind.USER, last_good.get(chosen))
    for path in present[1:]:
        problems.append(Problem(f"{chosen.name} lies beside this file and is used instead.", (), path))
    return layer, problems
