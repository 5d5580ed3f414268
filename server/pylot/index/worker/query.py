"""A question as editors and the command line put it, read with a sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pylot.kernel.errors import ConfigError


class LikePlace(BaseModel):
    """Where the text of a question stands, so that it is not found itself; lines count from 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(max_length=4096)
    start_line: int = Field(ge=0, alias="startLine")
    end_line: int = Field(ge=0, alias="endLine")


class SearchQuery(BaseModel):
    """What is looked for.

    `paths` are globs in the syntax of .gitignore, `!` in front excludes; `like` says that the text is code to which
    similar code is wanted, and where it stands in the workspace.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=100_000)
    limit: int = Field(10, ge=1, le=200)
    per_file: int = Field(2, ge=1, le=200, alias="perFile")
    paths: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    like: LikePlace | None = None


def read_query(values: Mapping[str, object]) -> SearchQuery:
    """Return a question.

    Raises:
        ConfigError: a part of it is missing, wrong or unknown.
    """
    try:
        return SearchQuery.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"])) or "query"
        raise ConfigError(f"The question cannot be used: {name}: {first['msg']}.") from error
