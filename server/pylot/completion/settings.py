"""The configuration section `completion`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pylot.config.narrowing import NARROW


class CompletionSettings(BaseModel):
    """When Pylot suggests, how much, and how sure it must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="Whether ghost text is offered at all.", json_schema_extra=NARROW)
    languages_off: tuple[str, ...] = Field(
        (), description="Languages (LSP language ids) without ghost text.", json_schema_extra=NARROW
    )
    in_comments: bool = Field(
        True, description="Whether ghost text is offered inside comments.", json_schema_extra=NARROW
    )
    in_strings: bool = Field(
        True, description="Whether ghost text is offered inside strings.", json_schema_extra=NARROW
    )
    eagerness: Literal["quiet", "balanced", "eager", "always"] = Field(
        "balanced",
        description="How sure Pylot must be before it shows something: quiet is rarely wrong, eager often; "
        "always shows whatever there is, which is for measuring.",
    )
    multiline: Literal["auto", "never", "always"] = Field(
        "auto", description="Whether suggestions span lines: where the block structure asks for it, never, or always."
    )
    max_tokens: int = Field(96, ge=1, le=1024, description="The longest suggestion over several lines, in tokens.")
    max_line_tokens: int = Field(32, ge=1, le=256, description="The longest suggestion within one line, in tokens.")
    max_lines: int = Field(12, ge=1, le=200, description="The longest suggestion, in lines.")
    debounce_ms: int = Field(
        25,
        ge=0,
        le=2000,
        description="How long to wait for the next keystroke, in editors that do not wait themselves.",
    )
    deadline_ms: int = Field(
        2000, ge=50, le=60_000, description="How long an automatic suggestion may take before it comes too late."
    )
    speculate: bool = Field(
        True,
        description="Whether the suggestion after the one on the screen is worked out before that one is accepted; "
        "only Pylot's own engine does so, whenever it has nothing else to do.",
        json_schema_extra=NARROW,
    )
    popup_budget_ms: int = Field(
        250, ge=10, le=5000, description="How long a completion list may wait for Pylot, in editors without ghost text."
    )
    open_files: bool = Field(
        True, description="Whether other open files are shown to the model.", json_schema_extra=NARROW
    )
    recent_edits: bool = Field(
        True, description="Whether recent edits are shown to the model.", json_schema_extra=NARROW
    )
    local_predictor: bool = Field(
        True,
        description="Whether code that is there already is copied, without a model and into what a weak model writes.",
    )
    definitions: bool = Field(
        True,
        description="Whether the model is shown signatures of what the file imports from other files of the workspace.",
        json_schema_extra=NARROW,
    )
    workspace_files: bool = Field(
        True,
        description="Whether the local predictor also copies from files of the workspace that are not open.",
        json_schema_extra=NARROW,
    )
