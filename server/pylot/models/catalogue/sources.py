"""Where a model's file comes from: a hub's repository, or any address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from pylot.kernel.errors import ModelDownloadError
from pylot.models.catalogue.entries import KnownModel
from pylot.models.http.address import parse_address

_HUB = "https://huggingface.co"
_FILE_NAME = re.compile(r"^[\w][\w.+-]{0,199}\.gguf$")
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
_IN_HUB = re.compile(r"^([\w.-]+/[\w.-]+)/([\w.-]+\.gguf)$")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to fetch: its address, the name it gets, and what its content must hash to (empty: unknown).

    `key` is shown to the address's own host only.
    """

    url: str
    file_name: str
    sha256: str = ""
    key: str = ""

    @property
    def host(self) -> str:
        """Who is asked, for people to read."""
        return urlsplit(self.url).netloc


def hub_source(known: KnownModel, environ: Mapping[str, str], *, sha256: str = "") -> Source:
    """Return where a catalogue's model lies; `HF_ENDPOINT` names another hub, `HF_TOKEN` a key for it."""
    return _checked(_in_hub(known.repository, known.file, known.revision, sha256 or known.sha256, environ))


def named_source(place: str, environ: Mapping[str, str], *, sha256: str = "") -> Source:
    """Return the source that somebody wrote: an address, or `owner/repository/file.gguf` at the hub.

    Raises:
        ModelDownloadError: it is neither, or it is no single GGUF file.
    """
    if match := _IN_HUB.match(place):
        return _checked(_in_hub(match[1], match[2], "main", sha256, environ))
    try:
        parts = urlsplit(place)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise ModelDownloadError(
            f"{place!r} is no known model, no address that begins with https://, and no owner/repository/file.gguf."
        )
    if parts.username is not None:
        raise ModelDownloadError("The address may hold no user or password; HF_TOKEN holds a key for the hub.")
    is_here = parse_address("the model", f"{parts.scheme}://{parts.netloc}", remote=True).is_loopback
    if parts.scheme == "http" and not sha256 and not is_here:
        raise ModelDownloadError(
            f"{host} is asked without encryption, so anybody may change the file on its way: "
            "use https://, or say with --sha256 what it must be."
        )
    url = place
    is_hub = parts.netloc == urlsplit(_hub(environ)).netloc
    if is_hub:
        # The address of the page about a file is what people copy.
        url = place.replace("/blob/", "/resolve/", 1)
    name = unquote(parts.path.rsplit("/", 1)[-1])
    return _checked(Source(url, name, sha256, environ.get("HF_TOKEN", "") if is_hub else ""))


def _in_hub(repository: str, file: str, revision: str, sha256: str, environ: Mapping[str, str]) -> Source:
    url = f"{_hub(environ)}/{repository}/resolve/{quote(revision, safe='')}/{quote(file)}"
    return Source(url, file, sha256, environ.get("HF_TOKEN", ""))


def _hub(environ: Mapping[str, str]) -> str:
    return (environ.get("HF_ENDPOINT") or _HUB).rstrip("/")


def _checked(source: Source) -> Source:
    if not _FILE_NAME.match(source.file_name):
        raise ModelDownloadError(f"{source.url} names no GGUF file: the address must end in a name like model.gguf.")
    if _PART.search(source.file_name):
        raise ModelDownloadError(f"{source.file_name} is one of several parts; choose a model in a single file.")
    if source.sha256 and not re.fullmatch(r"[0-9a-f]{64}", source.sha256):
        raise ModelDownloadError("A SHA-256 checksum has 64 digits from 0 to 9 and a to f.")
    return source
