"""Ask a server for a file, or for the rest of one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from pylot.kernel.errors import ModelDownloadError
from pylot.models.catalogue.answers import Answer, BrokenOffError, read_answer
from pylot.models.catalogue.partial_file import Facts
from pylot.models.catalogue.sources import Source
from pylot.models.http.address import parse_address

if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 10.0
_SILENT_SECONDS = 30.0
_MOST_REDIRECTS = 5


@contextlib.asynccontextmanager
async def open_answer(source: Source, known: Facts, size: int) -> AsyncIterator[Answer]:
    """Ask for the file from byte `size` on, if it still is the one that `known` tells of.

    Raises:
        BrokenOffError: the server cannot be reached or breaks off, here or while the answer is read.
        ModelDownloadError: it will not send the file.
    """
    import httpx

    headers = {"Accept-Encoding": "identity", "User-Agent": "pylot"}
    if source.key:
        headers["Authorization"] = f"Bearer {source.key}"
    if size and known.etag:
        headers |= {"Range": f"bytes={size}-", "If-Range": known.etag}
    async with await asyncio.to_thread(_client, source) as client:
        try:
            async with client.stream("GET", source.url, headers=headers) as response:
                hub = response.history[0].headers if response.history else response.headers
                yield read_answer(source, response.status_code, response.headers, hub, _chunks(source, response))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failure(source, error) from error


def _client(source: Source) -> httpx.AsyncClient:
    """Return a client that keeps to encryption where the source has it, on every host that it is led to."""
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    is_encrypted = source.url.startswith("https:")

    async def check(request: httpx.Request) -> None:
        if is_encrypted and request.url.scheme != "https":
            raise ModelDownloadError(f"{source.host} leads to {request.url.host} without encryption.")

    here = parse_address("the model", f"http://{source.host}", remote=True).is_loopback
    context = httpx.create_ssl_context()
    # A company's own authority is in the system's store, not in httpx's.
    context.load_default_certs()
    return httpx.AsyncClient(
        verify=context if is_encrypted else False,
        # The user asked for this download, so it may take the way that the environment shows to the net.
        trust_env=not here,
        follow_redirects=True,
        max_redirects=_MOST_REDIRECTS,
        timeout=httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS),
        event_hooks={"request": [check]},
    )


async def _chunks(source: Source, response: httpx.Response) -> AsyncIterator[bytes]:
    import httpx

    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx.HTTPError as error:
        raise _failure(source, error) from error


def _failure(source: Source, error: Exception) -> ModelDownloadError:
    import httpx

    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ModelDownloadError(f"{source.url} is no address that can be asked.", detail=repr(error))
    if isinstance(error, httpx.TooManyRedirects):
        return ModelDownloadError(f"{source.host} only leads elsewhere.", detail=repr(error))
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return BrokenOffError(f"{source.host} cannot be reached.", detail=repr(error), is_unreachable=True)
    if isinstance(error, httpx.TimeoutException):
        return BrokenOffError(f"{source.host} has been silent for {_SILENT_SECONDS:g} s.", detail=repr(error))
    return BrokenOffError(f"{source.host} broke off.", detail=repr(error))
