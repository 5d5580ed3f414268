"""Settings that only the user's own layers may set: those that choose what runs or where data goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pylot.config.layers import LayerKind

OWN: dict[str, Any] = {"layers": "own"}
"""Mark a field that neither a workspace nor an editor may set: `Field(json_schema_extra=OWN)`.

In a section's `ConfigDict` it marks all keys that the user makes up, as the names of agents.
"""

ONLY_OWN = "Only your own configuration file, the environment or the command line may set this; the value is ignored."

# Editors mix what a file inside the workspace says into their settings, such as .vscode/settings.json.
_FED_BY_WORKSPACES = frozenset({LayerKind.WORKSPACE, LayerKind.EDITOR})


def is_own(field: FieldInfo) -> bool:
    """Tell whether only the user's own layers may set this field."""
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("layers") == "own"


def is_own_section(section: type[BaseModel]) -> bool:
    """Tell whether only the user's own layers may set keys of a section that it has no field for."""
    extra = section.model_config.get("json_schema_extra")
    return isinstance(extra, Mapping) and extra.get("layers") == "own"


def speaks_for_user(kind: LayerKind) -> bool:
    """Tell whether no workspace can have written what a layer says."""
    return kind not in _FED_BY_WORKSPACES
