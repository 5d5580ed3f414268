"""What a server answers when a file is asked for, in the words of a download."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from pylot.kernel.errors import ModelDownloadError
from pylot.models.catalogue.partial_file import Facts
from pylot.models.catalogue.sources import Source

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)$")
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?$')


class BrokenOffError(ModelDownloadError):
    """An attempt ended early and another one may do better.

    `is_unreachable` says that nobody answered at all.
    """

    def __init__(
        self, sentence: str, *, detail: str = "", wait_seconds: float | None = None, is_unreachable: bool = False
    ) -> None:
        super().__init__(sentence, detail=detail)
        self.wait_seconds = wait_seconds
        self.is_unreachable = is_unreachable


class AnotherFileError(BrokenOffError):
    """The server has another file now, so that the part that has come is worth nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a file from `starts_at` on; `announced_total` is what a hub says of it elsewhere (0: nothing)."""

    facts: Facts
    starts_at: int
    announced_total: int
    description: str
    chunks: AsyncIterator[bytes]

    def goes_on(self, known: Facts, size: int) -> bool:
        """Whether it continues exactly the part that is there."""
        return self.starts_at == size and (self.facts.etag, self.facts.total) == (known.etag, known.total)


def read_answer(
    source: Source,
    status: int,
    headers: Mapping[str, str],
    hub_headers: Mapping[str, str],
    chunks: AsyncIterator[bytes],
) -> Answer:
    """Return what status and headers say; `hub_headers` are those of a hub that led elsewhere.

    Raises:
        BrokenOffError: it may go better the next time.
        ModelDownloadError: it will not.
    """
    if status not in (200, 206):
        raise _refusal(source, status, headers)
    if headers.get("content-encoding", "identity") != "identity":
        raise ModelDownloadError(f"{source.host} sends the file compressed, which was not asked for.")
    starts_at, total = 0, _number(headers.get("content-length", ""))
    if status == 206:
        match = _RANGE.match(headers.get("content-range", ""))
        if match is None:
            raise ModelDownloadError(f"{source.host} sends a part of the file and does not say which.")
        starts_at, total = int(match[1]), int(match[2])
    found = _SHA256.match(hub_headers.get("x-linked-etag", ""))
    is_page = headers.get("content-type", "").startswith("text/html")
    return Answer(
        Facts(url=source.url, etag=_validator(headers), total=total, sha256=found[1] if found else ""),
        starts_at=starts_at,
        announced_total=_number(hub_headers.get("x-linked-size", "")),
        description="a web page" if is_page else "something else",
        chunks=chunks,
    )


def _refusal(source: Source, status: int, headers: Mapping[str, str]) -> ModelDownloadError:
    host, name = source.host, source.file_name
    if status in (401, 403):
        return ModelDownloadError(
            f"{host} does not give out {name} (status {status}): its licence may have to be accepted there first, "
            "and HF_TOKEN must hold your key for the hub."
        )
    if status in (404, 410):
        return ModelDownloadError(f"{host} has no file {name}.")
    if status == 416:
        return AnotherFileError(f"{host} has another file now.", wait_seconds=0.0)
    if status in (408, 425, 429) or status >= 500:
        wait = headers.get("retry-after", "")
        return BrokenOffError(
            f"{host} is busy (status {status}).", wait_seconds=float(wait) if wait.isdecimal() else None
        )
    return ModelDownloadError(f"{host} refuses to send {name} (status {status}).")


def _validator(headers: Mapping[str, str]) -> str:
    """Return what tells one version of the file from another, or nothing: then a part cannot be continued."""
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified", "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
