"""Two tools for agents (C17): one that only reads, and one that changes a file and is therefore asked about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MARKS = ("pyproject.toml", "package.json", "Cargo.toml", "go.mod", "pom.xml")


class ListProjects:
    """Tell which folders of the workspace are projects of their own."""

    description = "List the projects in the workspace: folders with a file such as pyproject.toml or package.json."
    parameters: Mapping[str, Any] = {"type": "object", "properties": {}}

    def __call__(self, arguments: Mapping[str, Any], context: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return the folder and the file of each, relative to the workspace."""
        workspace = Path(context["workspace"])
        places = [workspace, *sorted(it for it in workspace.iterdir() if it.is_dir() and not it.name.startswith("."))]
        return [
            {"folder": place.relative_to(workspace).as_posix(), "file": mark}
            for place in places
            for mark in _MARKS
            if (place / mark).is_file()
        ]


class CreateFollowup:
    """Note what is left to do."""

    description = "Note something that is left to do, as a line of FOLLOWUPS.md."
    parameters: Mapping[str, Any] = {
        "type": "object",
        "properties": {"text": {"type": "string", "maxLength": 500}},
        "required": ["text"],
    }

    def __call__(self, arguments: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        """Append the line, and answer in the form that also tells of failures."""
        text = " ".join(arguments["text"].split())
        if not text:
            return {"ok": False, "error": "There is nothing to note."}
        with (Path(context["workspace"]) / "FOLLOWUPS.md").open("a", encoding="utf-8") as file:
            file.write(f"- [ ] {text}\n")
        return {"ok": True, "result": text}


list_projects = ListProjects()
create_followup = CreateFollowup()
