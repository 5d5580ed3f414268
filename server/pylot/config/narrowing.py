"""What a workspace's own file may change: it can only take away (design section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic.fields import FieldInfo

NARROW: dict[str, Any] = {"workspace": "narrow"}
"""Mark a field that a trusted workspace may narrow: `Field(json_schema_extra=NARROW)`.

A switch may be turned off, a number made smaller, a list made longer.
"""

ONLY_NARROW: dict[str, Any] = {"workspace": "narrow", "editor": "narrow"}
"""Mark a field that a trusted workspace and an editor may narrow, as `NARROW`, and neither may widen.

Without it an editor's value, which may come from a file in the workspace, replaces the user's.
"""

_REFUSALS: Mapping[type, str] = MappingProxyType(
    {
        bool: "A workspace may only turn this off; the value is ignored.",
        int: "A workspace may only make this smaller; the value is ignored.",
        float: "A workspace may only make this smaller; the value is ignored.",
    }
)
NOT_FOR_WORKSPACES = "A workspace may not set this; put it into your own configuration file."


def may_narrow(field: FieldInfo) -> bool:
    """Tell whether a workspace may narrow this field."""
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("workspace") == "narrow"


def editor_may_only_narrow(field: FieldInfo) -> bool:
    """Tell whether an editor's value narrows the one below it instead of replacing it."""
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("editor") == "narrow"


def narrow(current: object, wanted: object) -> tuple[object, str]:
    """Return the value in force after a workspace asked for `wanted`, and the refusal if it is refused.

    Both values have passed the section's own validation. Lists grow by what the workspace names.
    """
    if isinstance(current, bool):
        accepted = wanted is False or wanted == current
    elif isinstance(current, int | float):
        accepted = isinstance(wanted, int | float) and wanted <= current
    elif isinstance(current, list | tuple | set | frozenset) and isinstance(wanted, list | tuple | set | frozenset):
        return [*current, *(item for item in wanted if item not in current)], ""
    else:
        return current, NOT_FOR_WORKSPACES
    if accepted:
        return wanted, ""
    return current, _REFUSALS[type(current)]
