"""A command may change one value of the user's file and nothing else in it (M3)."""

from __future__ import annotations

import tomllib

import pytest

from pylot.config.toml_edit import remove_key, set_value
from pylot.kernel.errors import ConfigError

OWN = """\
# my settings
[completion]   # ghost text
eagerness = "eager"  # I like it so

[models.roles]
# the big one
complete = "qwen"

[engine]
threads = 2
[models.catalogue."qwen2.5"]
file = 'a.gguf'
"""
ROLE = ("models", "roles", "complete")
ENTRY = ("models", "catalogue", "b.c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "[models]\n",
        "[models]\ndirectory = '/x'\n",
        "[models.roles]\nchat = 'x'\n",
        "models.roles.complete = 'old'\n",
        "[models]\nroles = { complete = 'old' }\n",
        "[models.catalogue.a]\nfile = 'a'\n\n[engine]\nthreads = 1\n",
        OWN,
    ],
)
def test_a_value_is_set(text: str) -> None:
    changed = set_value(text, ROLE, "new")
    expected = tomllib.loads(text)
    expected.setdefault("models", {}).setdefault("roles", {})["complete"] = "new"

    assert tomllib.loads(changed) == expected


def test_comments_and_layout_stay() -> None:
    assert set_value(OWN, ROLE, "new") == OWN.replace('"qwen"', '"new"')


def test_a_table_is_added_and_removed() -> None:
    added = set_value(OWN, ENTRY, {"file": "b.gguf", "context": 8192})

    assert tomllib.loads(added)["models"]["catalogue"]["b.c"] == {"file": "b.gguf", "context": 8192}
    assert all(line in added for line in OWN.splitlines())
    assert tomllib.loads(remove_key(added, ENTRY)) == tomllib.loads(OWN)


@pytest.mark.parametrize("text", ["", OWN, "[models]\ncatalogue = 1\n"])
def test_what_is_not_there_needs_no_removing(text: str) -> None:
    assert remove_key(text, ENTRY) == text


@pytest.mark.parametrize("text", ["[models", "a = 1\na = 2\n"])
def test_broken_files_are_left_alone(text: str) -> None:
    with pytest.raises(ConfigError, match="no valid TOML"):
        set_value(text, ROLE, "new")


def test_what_cannot_be_changed_is_said_with_what_to_write() -> None:
    with pytest.raises(ConfigError, match=r"set models\.roles\.complete to 'new' by hand"):
        set_value("[[models]]\nroles = 1\n", ROLE, "new")
