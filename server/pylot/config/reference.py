"""The page that documents every setting, made from the models that validate them."""

from __future__ import annotations

import inspect
import json
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pylot.config.narrowing import editor_may_only_narrow, may_narrow
from pylot.config.ownership import is_own
from pylot.config.settings import Sections, sections_within

_INTRODUCTION = """\
# Configuration

This page is generated from the settings models; `make docs` writes it and a test keeps it fresh.

Pylot reads `pylot.toml` (or `pylot.yaml`) from its configuration folder; `pylot doctor` names that folder.
A later layer overrides an earlier one, key by key:

1. shipped defaults;
2. your own file;
3. `.pylot/pylot.toml` in a workspace, read only below folders that you trust (`workspace.trusted`, `pylot trust`),
   and only where a key below says that a workspace may narrow it;
4. the editor's settings for `pylot`, without the keys below that only your own file, the environment and the command
   line may set, because some editors take settings from files of the workspace;
5. environment variables named `PYLOT_<SECTION>__<KEY>`;
6. `--set section.key=value` on the command line.

A value that cannot be used is reported where it stands and the layer below speaks for its key.
A file that cannot be parsed is reported, and its last good version stays in force.
Changes take effect without a restart.
"""


def render_reference(sections: Sections) -> str:
    """Return `docs/configuration.md` for these sections, in Markdown."""
    parts = [_INTRODUCTION]
    for name, model in sections.items():
        inner = sections_within(model)
        if set(inner) != set(model.model_fields):
            parts.append(_render_section(name, model, inner))
        parts += [_render_section(f"{name}.{key}", table, {}) for key, table in inner.items()]
    return "\n".join(parts)


def _render_section(name: str, model: type[BaseModel], inner: Sections) -> str:
    schema = model.model_json_schema(by_alias=False)
    definitions = schema.get("$defs", {})
    lines = [f"## `[{name}]`", ""]
    if summary := inspect.getdoc(model):
        lines += [summary.split("\n\n")[0].replace("\n", " "), ""]
    for key, field in model.model_fields.items():
        if key in inner:
            continue
        shape = _resolve(schema["properties"][key], definitions)
        default = field.get_default(call_default_factory=True)
        lines += [f"### `{name}.{key}`", ""]
        if field.description:
            lines += [field.description, ""]
        lines.append(f"- Type: {_type_name(shape, definitions)}")
        if limits := _limits(shape):
            lines.append(f"- Range: {limits}")
        lines.append(f"- Default: `{_literal(default)}`")
        lines += [f"- Set by: {_setters(field)}", ""]
        if keys := _keys(shape, definitions):
            lines += ["Keys of the table:", "", *keys, ""]
    return "\n".join(lines)


def _keys(shape: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """Return a line for each key of the tables that a value is made of."""
    shape = _resolve(shape, definitions)
    inner = shape.get("items") or shape.get("additionalProperties")
    if isinstance(inner, dict):
        return _keys(inner, definitions)
    lines = []
    for key, value in shape.get("properties", {}).items():
        value = _resolve(value, definitions)
        default = f"; `{_literal(value['default'])}`" if "default" in value else ""
        limits = f", {limits}" if (limits := _limits(value)) else ""
        lines.append(f"- `{key}` ({_type_name(value, definitions)}{limits}{default}): {value.get('description', '')}")
        lines += ["  " + line for line in _keys(value, definitions)]
    return lines


def _setters(field: FieldInfo) -> str:
    if is_own(field):
        return "your own file, the environment and the command line only"
    if editor_may_only_narrow(field):
        return "any layer; a trusted workspace and the editor may only narrow it"
    return "any layer; a trusted workspace may narrow it" if may_narrow(field) else "any layer but a workspace"


def _resolve(shape: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    reference = shape.get("$ref")
    if isinstance(reference, str):
        return {**definitions[reference.rsplit("/", 1)[-1]], **{k: v for k, v in shape.items() if k != "$ref"}}
    return shape


def _type_name(shape: dict[str, Any], definitions: dict[str, Any]) -> str:
    shape = _resolve(shape, definitions)
    if "enum" in shape:
        return "one of " + ", ".join(f"`{value}`" for value in shape["enum"])
    if "const" in shape:
        return f"`{shape['const']}`"
    if "anyOf" in shape:
        return " or ".join(_type_name(option, definitions) for option in shape["anyOf"])
    kind = shape.get("type", "value")
    if kind == "array":
        return f"list of {_type_name(shape.get('items', {}), definitions)}"
    if kind == "object":
        values = shape.get("additionalProperties")
        return f"table of {_type_name(values, definitions)}" if isinstance(values, dict) else "table"
    return {"null": "nothing"}.get(kind, str(kind))


def _limits(shape: dict[str, Any]) -> str:
    names = {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "less than {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "pattern": "matching `{}`",
    }
    return ", ".join(text.format(shape[name]) for name, text in names.items() if name in shape)


def _literal(default: object) -> str:
    if isinstance(default, BaseModel):
        default = default.model_dump(mode="json")
    return json.dumps(default, ensure_ascii=False, default=lambda value: getattr(value, "value", None) or str(value))
