"""The configuration section `actions`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ActionSettings(BaseModel):
    """Changes of code that the user asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rename_in_comments: bool = Field(
        default=False, description="Rename words in comments too, where they are spelled like what is renamed."
    )
    run_written_tests: bool = Field(
        default=True,
        description="Run tests that a model has written before they are offered: in the sandbox, without a network and "
        "with nothing to write; never where no sandbox holds.",
    )
    rename_in_strings: bool = Field(
        default=False, description="Rename words in strings too, where they are spelled like what is renamed."
    )
