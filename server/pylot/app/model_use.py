"""Let a model serve a role from now on, in the user's own settings."""

from __future__ import annotations

from pylot.app.model_shelf import Shelf
from pylot.app.user_file import change_user_file
from pylot.config.toml_edit import set_value
from pylot.kernel.errors import ModelError
from pylot.models.settings import BOXED_EMBEDDER, ROLES


def use_model(shelf: Shelf, name: str, role: str) -> tuple[str, ...]:
    """Write the choice into the user's file, and return the sentences about how the model will run.

    Raises:
        ModelError: there is no such model or role, or the model does not fit into memory.
        ConfigError: the file cannot be changed.
    """
    if role not in ROLES:
        raise ModelError(f"There is no role {role!r}; the roles are {', '.join(ROLES)}.")
    notes: tuple[str, ...] = ()
    if name == BOXED_EMBEDDER and role != "embed" and name not in {*shelf.models.logical, *shelf.models.catalogue}:
        raise ModelError(f"{name} can embed texts but not write any: it serves the role embed only.")
    if name not in {*shelf.models.logical, BOXED_EMBEDDER}:
        model = shelf.require(name)
        fits, notes = shelf.fit(model)
        if not fits:
            raise ModelError(notes[0])
        if model.origin == "found":
            shelf.name_file(name, {"file": model.path.name})
    change_user_file(shelf.directories.config, lambda text: set_value(text, ("models", "roles", role), name))
    return notes
