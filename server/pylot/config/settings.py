"""Settings in force: immutable, typed by section, each value from the highest layer that has a good one."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from pylot.config.layers import Key, Layer, LayerKind, Problem, leaves, put, readings
from pylot.config.narrowing import NOT_FOR_WORKSPACES, editor_may_only_narrow, may_narrow, narrow
from pylot.config.ownership import ONLY_OWN, is_own, speaks_for_user

Section = TypeVar("Section", bound=BaseModel)
Sections = Mapping[str, type[BaseModel]]


class Settings:
    """Hold one validated value of every section; never changes."""

    def __init__(self, sections: Mapping[str, BaseModel], origins: Mapping[Key, LayerKind]) -> None:
        self._sections = MappingProxyType(dict(sections))
        self._by_type = {type(section): section for section in sections.values()}
        self._origins = MappingProxyType(dict(origins))

    def section(self, model: type[Section]) -> Section:
        """Return the section that `model` describes."""
        return cast(Section, self._by_type[model])

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Return all values as JSON values."""
        return {name: section.model_dump(mode="json") for name, section in self._sections.items()}

    def origin(self, key: Key) -> LayerKind | None:
        """Tell which layer gave the value at a full key; None means the built-in default."""
        return self._origins.get(key)


def load_settings(sections: Sections, layers: Sequence[Layer]) -> tuple[Settings, list[Problem]]:
    """Return the settings that `layers` (lowest first) make, and every value that could not be used.

    A bad value is left out, so that the layer below speaks for its key; the rest of its layer is still used.
    """
    problems = [problem for layer in layers for problem in _unknown_sections(sections, layer)]
    origins: dict[Key, LayerKind] = {}
    result: dict[str, BaseModel] = {}
    for name, model in sections.items():
        builder = _SectionBuilder(name, model)
        for layer in layers:
            builder.apply(layer)
        result[name] = builder.build()
        problems += builder.problems
        origins |= builder.origins
    return Settings(result, origins), problems


def sections_within(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the tables of a section whose keys say each for itself who may set them."""
    return {
        name: cast(type[BaseModel], field.annotation)
        for name, field in model.model_fields.items()
        if _is_section(field) and not field.json_schema_extra
        if any(inner.json_schema_extra for inner in cast(type[BaseModel], field.annotation).model_fields.values())
    }


def _unknown_sections(sections: Sections, layer: Layer) -> list[Problem]:
    unknown = [name for name in layer.values if name not in sections]
    known = ", ".join(sections)
    return [layer.problem((str(name),), f"There is no such section; there are {known}.") for name in unknown]


class _SectionBuilder:
    """Gather the good values of one section, layer by layer."""

    def __init__(self, name: str, model: type[BaseModel]) -> None:
        self.problems: list[Problem] = []
        self.origins: dict[Key, LayerKind] = {}
        self._name = name
        self._model = model
        self._values: dict[str, object] = {}

    def build(self) -> BaseModel:
        """Return the section of everything accepted so far."""
        return self._model.model_validate(self._values)

    def apply(self, layer: Layer) -> None:
        """Take every good value of a layer."""
        values = layer.values.get(self._name)
        if values is None:
            return
        if not isinstance(values, Mapping):
            self.problems.append(layer.problem((self._name,), "This is a section and needs keys of its own."))
            return
        wanted = self._permitted(layer, values)
        narrowing = [pair for pair in wanted if self._only_narrows(layer, pair[0])]
        for key, value in narrowing:
            self._narrow(layer, key, value)
        free = [pair for pair in wanted if pair not in narrowing]
        if self._accept(layer, free):
            # Values that are only valid together, such as a range's two ends, are taken together.
            return
        for key, value in free:
            self._take_one(layer, key, value)

    def _only_narrows(self, layer: Layer, key: Key) -> bool:
        if layer.kind is LayerKind.EDITOR:
            field, _ = _field_at(self._model, key)
            return field is not None and editor_may_only_narrow(field)
        return layer.kind is LayerKind.WORKSPACE

    def _take_one(self, layer: Layer, key: Key, value: object) -> None:
        error: ValidationError | None = None
        for meaning in readings(layer, value):
            try:
                trial = self._trial([(key, meaning)])
                self._model.model_validate(trial)
            except ValidationError as failure:
                error = error or failure
                continue
            self._keep(layer, trial, [key])
            return
        if error is not None:
            self._refuse(layer, key, error)

    def _permitted(self, layer: Layer, values: Mapping[str, object]) -> list[tuple[Key, object]]:
        permitted = []
        refused: dict[Key, Problem] = {}
        for key, value in leaves(values):
            field, depth = _field_at(self._model, key)
            if value == {} and field is not None and _is_section(field):
                # An empty table says nothing, and must not wipe out what lower layers say in it.
                continue
            if field is not None and (refusal := _refusal(layer.kind, field)):
                problem = layer.problem((self._name, *key), refusal)
                # One sentence stands for all that a table of the field holds.
                refused.setdefault(key[:depth], replace(problem, key=(self._name, *key[:depth])))
            else:
                permitted.append((key, value))
        self.problems += refused.values()
        return permitted

    def _narrow(self, layer: Layer, key: Key, value: object) -> None:
        trial = self._trial([(key, value)])
        try:
            wanted = _at(self._model.model_validate(trial).model_dump(), key)
        except ValidationError as error:
            self._refuse(layer, key, error)
            return
        value, refusal = narrow(_at(self.build().model_dump(), key), wanted)
        if refusal:
            self.problems.append(layer.problem((self._name, *key), refusal))
            return
        self._accept(layer, [(key, value)])

    def _accept(self, layer: Layer, wanted: Sequence[tuple[Key, object]]) -> bool:
        trial = self._trial(wanted)
        try:
            self._model.model_validate(trial)
        except ValidationError:
            return False
        self._keep(layer, trial, [key for key, _ in wanted])
        return True

    def _trial(self, wanted: Sequence[tuple[Key, object]]) -> dict[str, object]:
        trial = copy.deepcopy(self._values)
        for key, value in wanted:
            put(trial, key, value)
        return trial

    def _keep(self, layer: Layer, values: dict[str, object], keys: Sequence[Key]) -> None:
        self._values = values
        self.origins |= {(self._name, *key): layer.kind for key in keys}

    def _refuse(self, layer: Layer, key: Key, error: ValidationError) -> None:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        if any(detail["type"] == "extra_forbidden" for detail in details):
            known = ", ".join(self._model.model_fields)
            message = f"There is no such key; the section has {known}."
        else:
            reason = str(details[0]["msg"]).removeprefix("Value error, ").rstrip(".")
            message = f"{reason}; the value is ignored."
        self.problems.append(layer.problem((self._name, *key), message))


def _field_at(model: type[BaseModel], key: Key) -> tuple[FieldInfo | None, int]:
    """Return the field that says who may set a key, and how many names of the key lead to it.

    It is the first one with a mark on the way into nested sections, or else the last one.
    """
    field: FieldInfo | None = None
    for depth, name in enumerate(key, 1):
        inner = model.model_fields.get(name)
        if inner is None:
            return field, depth - 1
        field = inner
        if field.json_schema_extra or not _is_section(field):
            return field, depth
        model = cast(type[BaseModel], field.annotation)
    return field, len(key)


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _refusal(kind: LayerKind, field: FieldInfo) -> str:
    if is_own(field):
        return "" if speaks_for_user(kind) else ONLY_OWN
    return NOT_FOR_WORKSPACES if kind is LayerKind.WORKSPACE and not may_narrow(field) else ""


def _at(values: Any, key: Key) -> Any:
    for name in key:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values
