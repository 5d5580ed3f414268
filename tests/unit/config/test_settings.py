from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pylot.config.layers import Layer, LayerKind, command_line_layer, editor_layer, environment_layer
from pylot.config.narrowing import NARROW, ONLY_NARROW
from pylot.config.ownership import ONLY_OWN, OWN
from pylot.config.reference import render_reference
from pylot.config.settings import load_settings


class Inner(BaseModel):
    """Nested values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    depth: int = Field(default=1, description="How deep.")


class Guarded(BaseModel):
    """Values that say each for itself who may set them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: tuple[str, ...] = Field(default=(), json_schema_extra=OWN)
    deny: tuple[str, ...] = Field(default=(), json_schema_extra=ONLY_NARROW)


class Sample(BaseModel):
    """A sample of every kind of setting.

    More of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="Whether to.", json_schema_extra=NARROW)
    limit: int = Field(default=10, ge=1, le=100, json_schema_extra=NARROW)
    exclude: tuple[str, ...] = Field(default=("a",), json_schema_extra=NARROW)
    mode: Literal["auto", "never"] = "auto"
    name: str | None = None
    low: int = 0
    high: int = 5
    inner: Inner = Inner()
    guarded: Guarded = Guarded()
    files: dict[str, str] = Field(default_factory=dict, json_schema_extra=OWN)

    @model_validator(mode="after")
    def _ordered(self) -> Sample:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


SECTIONS = {"sample": Sample}


def user(**values: object) -> Layer:
    return Layer(LayerKind.USER, {"sample": values}, lines={("sample",): 3, ("sample", "limit"): 7})


def workspace(**values: object) -> Layer:
    return Layer(LayerKind.WORKSPACE, {"sample": values})


def load(*layers: Layer) -> tuple[Sample, list[str]]:
    settings, problems = load_settings(SECTIONS, layers)
    return settings.section(Sample), [problem.sentence for problem in problems]


def test_later_layers_override_earlier_ones_key_by_key() -> None:
    editor = editor_layer({"pylot": {"sample.limit": 30, "sample": {"inner": {"depth": 2}}}})
    environment = environment_layer({"PYLOT_SAMPLE__LIMIT": "40", "PYLOT_SAMPLE__EXCLUDE": "b, c", "PYLOT_HOME": "/"})
    overrides, problems = command_line_layer(["sample.name=[12]", "sample.enabled=off"])

    sample, more = load(user(limit=20, mode="never"), editor, environment, overrides)

    assert (problems, more) == ([], [])
    assert sample == Sample(
        limit=40, mode="never", exclude=("b", "c"), name="[12]", enabled=False, inner=Inner(depth=2)
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"limit": 1000, "mode": "never"},
            "sample.limit: Input should be less than or equal to 100; the value is ignored.",
        ),
        ({"mode": "never", "colour": "secret"}, "sample.colour: There is no such key; the section has enabled, limit,"),
        ({"mode": "never", "inner": {"depth": "secret"}}, "sample.inner.depth: Input should be a valid integer"),
        ({"mode": "never", "low": 9}, "sample.low: low is above high; the value is ignored."),
    ],
)
def test_a_bad_value_leaves_the_rest_of_its_layer(values: dict[str, object], sentence: str) -> None:
    sample, (problem,) = load(user(**values))

    assert sample == Sample(mode="never")
    assert problem.startswith(sentence)
    assert "secret" not in problem


def test_values_that_need_each_other_are_taken_together() -> None:
    assert load(user(low=8, high=9)) == (Sample(low=8, high=9), [])


def test_a_problem_knows_its_line() -> None:
    _, (limit,) = load_settings(SECTIONS, [user(limit="secret")])
    _, (mode,) = load_settings(SECTIONS, [user(mode="secret")])

    assert (limit.line, mode.line) == (7, 3)


@pytest.mark.parametrize(
    ("values", "expected", "n_problems"),
    [
        ({"enabled": False, "limit": 5, "exclude": ["b"]}, Sample(enabled=False, limit=5, exclude=("a", "b")), 0),
        ({"limit": 50}, Sample(), 1),
        ({"mode": "never", "name": "x"}, Sample(), 2),
        ({"limit": "secret", "enabled": False}, Sample(enabled=False), 1),
    ],
)
def test_a_workspace_can_only_narrow(values: dict[str, object], expected: Sample, n_problems: int) -> None:
    sample, problems = load(workspace(**values))

    assert sample == expected
    assert len(problems) == n_problems


def test_a_workspace_cannot_turn_on_what_the_user_turned_off() -> None:
    sample, (problem,) = load(user(enabled=False), workspace(enabled=True))

    assert not sample.enabled
    assert problem == "sample.enabled: A workspace may only turn this off; the value is ignored."


@pytest.mark.parametrize("kind", [LayerKind.EDITOR, LayerKind.WORKSPACE])
def test_what_a_workspace_can_write_sets_nothing_of_the_users_own(kind: LayerKind) -> None:
    """Editors let a file of the workspace feed their settings; the rest of the layer is still used."""
    planted = Layer(kind, {"sample": {"limit": 5, "files": {"tiny": "/planted", "other": "/planted"}}})

    sample, problems = load(user(files={"tiny": "/mine"}), planted)

    assert sample == Sample(limit=5, files={"tiny": "/mine"})
    assert problems == [f"sample.files: {ONLY_OWN}"]


def test_the_user_sets_his_own_by_file_environment_and_command_line() -> None:
    layers = [user(files={"a": "1"}), environment_layer({"PYLOT_SAMPLE__FILES__B": "2"})]
    overrides, _ = command_line_layer(["sample.files.c=x"])

    assert load(*layers, overrides) == (Sample(files={"a": "1", "b": "2", "c": "x"}), [])


def test_unknown_and_misshapen_sections_are_told() -> None:
    _, problems = load(Layer(LayerKind.USER, {"sampel": {}, "sample": 3}))

    assert problems == [
        "sampel: There is no such section; there are sample.",
        "sample: This is a section and needs keys of its own.",
    ]


def test_overrides_without_a_key_are_told() -> None:
    _, problems = command_line_layer(["sample", "sample.=1", "=2"])

    assert len(problems) == 3


def test_settings_know_where_values_come_from() -> None:
    settings, _ = load_settings(SECTIONS, [user(limit=20), workspace(limit=5)])

    assert settings.origin(("sample", "limit")) is LayerKind.WORKSPACE
    assert settings.origin(("sample", "mode")) is None
    assert settings.as_dict()["sample"]["exclude"] == ["a"]


def test_the_reference_tells_everything_about_a_setting() -> None:
    text = render_reference(SECTIONS)

    assert "## `[sample]`\n\nA sample of every kind of setting.\n" in text
    assert (
        "### `sample.limit`\n\n- Type: integer\n- Range: at least 1, at most 100\n- Default: `10`\n"
        "- Set by: any layer; a trusted workspace may narrow it\n"
    ) in text
    assert "- Type: one of `auto`, `never`\n" in text
    assert "- Type: string or nothing\n- Default: `null`\n" in text
    assert "- Type: list of string\n" in text
    assert "Keys of the table:\n\n- `depth` (integer; `1`): How deep.\n" in text
    assert "- Set by: your own file, the environment and the command line only\n" in text


@pytest.mark.parametrize(
    ("layer", "deny", "sentences"),
    [
        (editor_layer({"sample.guarded.deny": ["b"]}), ("a", "b"), 0),
        (editor_layer({"sample.guarded.deny": []}), ("a",), 0),
        (editor_layer({"sample": {"guarded": {}}}), ("a",), 0),
        (editor_layer({"sample.guarded": []}), ("a",), 1),
        (editor_layer({"sample.guarded.allow": ["b"]}), ("a",), 1),
        (workspace(guarded={"deny": ["b"], "allow": ["b"]}), ("a", "b"), 1),
        (workspace(guarded={}), ("a",), 0),
        (environment_layer({"PYLOT_SAMPLE__GUARDED__DENY": "b"}), ("b",), 0),
    ],
)
def test_what_a_workspace_can_reach_only_adds_to_a_guarded_list(
    layer: Layer, deny: tuple[str, ...], sentences: int
) -> None:
    """D6: what an editor sends may stand in a file of the workspace."""
    sample, problems = load(user(guarded={"deny": ["a"], "allow": ["a"]}), layer)

    assert sample.guarded == Guarded(allow=("a",), deny=deny)
    assert len(problems) == sentences
