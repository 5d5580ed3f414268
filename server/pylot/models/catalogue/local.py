"""Which models are on this machine, what is wrong with those that are not, and who needs them (I14, I15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.engine.resources import LoadOptions, estimate
from pylot.kernel.errors import ModelFileError
from pylot.models.settings import EMBEDDED, ROLES, CatalogueEntry, ModelsSettings, Role

Origin = Literal["shipped", "configured", "found"]
_MOST_FOUND = 500


@dataclass(frozen=True, slots=True)
class LocalModel:
    """One model file: its header where it is good, else the one sentence that says what is wrong.

    `roles` are those that need it; a problem with such a model keeps Pylot from working.
    """

    name: str
    path: Path
    origin: Origin
    roles: tuple[Role, ...] = ()
    header: GgufHeader | None = None
    problem: str = ""
    context: int = 0

    def memory(self, n_ctx: int) -> int:
        """Return the bytes that an engine with this model takes, 0 when the file is no good."""
        return estimate(self.header, LoadOptions(self.context or n_ctx)).total if self.header else 0


def find_local_models(
    models: ModelsSettings, folder: Path, shipped: Mapping[str, Path], wanted_tokens: Iterable[str] = ()
) -> list[LocalModel]:
    """Return the shipped models, those of the configuration, and files in the folder that nobody has named."""
    needs = embedded_needs(models)
    wanted = frozenset(wanted_tokens)
    entries = {name: CatalogueEntry(file=str(path)) for name, path in shipped.items()} | models.catalogue
    found: list[LocalModel] = []
    for name, entry in entries.items():
        origin: Origin = "configured" if name in models.catalogue else "shipped"
        path = entry_path(folder, entry)
        found.append(_look_at(name, path, origin, tuple(needs.get(name, ())), entry.context, wanted))
    for name in needs:
        if name not in entries:
            problem = f"The configuration names the model {name!r}, but there is none of this name."
            found.append(LocalModel(name, folder / name, "configured", tuple(needs[name]), problem=problem))
    known = {model.path.resolve() for model in found}
    for path in _files_in(folder):
        if path.resolve() not in known:
            found.append(_look_at(_free_name(path.stem, entries), path, "found", (), 0, wanted))
    return found


def embedded_needs(models: ModelsSettings) -> dict[str, list[Role]]:
    """Return the embedded models that roles need, directly or through a logical model."""
    needs: dict[str, list[Role]] = {}
    for role in ROLES:
        name = models.roles.model_for(role)
        if role == "embed" and (not name or models.uses_boxed_embedder):
            continue
        logical = models.logical.get(name)
        deployments = [deployment for group in logical.groups for deployment in group] if logical else []
        names = [each.model for each in deployments if each.provider == EMBEDDED] if logical else [name]
        for each in dict.fromkeys(names):
            needs.setdefault(each, []).append(role)
    return needs


def models_folder(models: ModelsSettings, own: Path) -> Path:
    """Return where model files lie: the configured folder, or Pylot's own."""
    return Path(models.directory).expanduser() if models.directory else own


def entry_path(folder: Path, entry: CatalogueEntry) -> Path:
    """Return where the file of an entry should lie."""
    try:
        return folder / Path(entry.file).expanduser()
    except RuntimeError:
        # The home folder of an unknown user; the name stays as it is and no file will be found there.
        return folder / entry.file


def smaller_that_fits(candidates: Sequence[LocalModel], than: int, room: float, n_ctx: int) -> str:
    """Return the largest configured model that needs less than `than` bytes and fits into `room`, or an empty name."""
    good = [model for model in candidates if model.header is not None and model.origin == "configured"]
    sizes = {model.name: model.memory(n_ctx) for model in good}
    fitting = {name: size for name, size in sizes.items() if size < than and size <= room}
    return max(fitting, key=lambda name: fitting[name], default="")


def _look_at(
    name: str, path: Path, origin: Origin, roles: tuple[Role, ...], context: int, wanted: frozenset[str]
) -> LocalModel:
    try:
        return LocalModel(name, path, origin, roles, read_header(path, wanted), context=context)
    except ModelFileError as error:
        return LocalModel(name, path, origin, roles, problem=error.sentence, context=context)


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.glob("*.gguf") if path.is_file())[:_MOST_FOUND]
    except OSError:
        return []


def _free_name(stem: str, taken: Mapping[str, CatalogueEntry]) -> str:
    name = stem.lower()
    return f"{name}-file" if name in taken else name
