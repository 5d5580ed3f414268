"""One model server's HTTP: bounded in time and size, on this machine unless the user said otherwise (H16, P1)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from pylot.kernel.errors import ConfigError, ProviderUnavailableError
from pylot.models.http.address import parse_address
from pylot.models.http.failures import error_in_answer, garbage, status_error, transport_error
from pylot.models.http.keys import find_key
from pylot.models.http.sse import EventTooLargeError, ServerSentEvent, SseParser
from pylot.models.settings import ProviderSettings

if TYPE_CHECKING:
    import httpx

_MAX_ERROR = 1 << 16
_MAX_ANSWER = 4 << 20
_MAX_STREAM = 8 << 20
# Small servers drop idle connections after five seconds; the client had better do so first. Far ones keep them longer,
# and connecting to them anew costs more than an occasional retry.
_KEEP_ALIVE_SECONDS = {True: 4.0, False: 30.0}


class HttpClient:
    """Requests to one server, each of which ends within its time, in its size, or in one of Pylot's own errors."""

    def __init__(self, name: str, settings: ProviderSettings) -> None:
        """Check the address; nothing is sent yet.

        Raises:
            ConfigError: the address cannot or may not be used.
        """
        self.address = parse_address(name, settings.base_url, remote=settings.remote)
        self.who = f"{name} ({self.address.origin})"
        self.n_connections = 0
        self._name = name
        self._settings = settings
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._making = asyncio.Lock()
        self._is_closed = False

    async def get(self, path: str, *, seconds: float | None = None) -> Any:
        """Return the JSON that a path has."""
        return await self._ask("GET", path, None, seconds, _MAX_ANSWER)

    async def post(
        self, path: str, body: Mapping[str, Any], *, seconds: float | None = None, limit: int = _MAX_ANSWER
    ) -> Any:
        """Send JSON and return the JSON that comes back."""
        return await self._ask("POST", path, body, seconds, limit)

    async def events(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[str]:
        """Send JSON and yield the data of the events that come back; closing the generator closes the connection."""
        parser = SseParser()
        async with self._open("POST", path, body) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "application/json":
                yield (await self._read(response, _MAX_ANSWER)).decode("utf-8", "replace")
                return
            if kind != "text/event-stream":
                raise garbage(self.who, "a page instead of a stream of events")
            async with contextlib.aclosing(self._chunks(response, _MAX_STREAM)) as chunks:
                async for chunk in chunks:
                    for event in self._parse(parser, chunk):
                        yield event.data

    async def close(self) -> None:
        """Close every connection."""
        self._is_closed = True
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    def _parse(self, parser: SseParser, chunk: bytes) -> list[ServerSentEvent]:
        try:
            events = parser.feed(chunk)
        except EventTooLargeError as error:
            raise garbage(self.who, f"an endless {error}") from error
        if any(event.is_damaged for event in events):
            raise garbage(self.who, "bytes that are no text")
        return events

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float | None, n: int) -> Any:
        limit = min(seconds or self._settings.total_seconds, self._settings.total_seconds)
        try:
            async with asyncio.timeout(limit) as scope, self._open(method, path, body) as response:
                content = await self._read(response, n)
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise ProviderUnavailableError(f"{self.who} did not answer within {limit:g} s.") from error
        try:
            answer = read_json(content.decode("utf-8"))
        except ValueError as error:
            raise garbage(self.who, "no JSON") from error
        if isinstance(answer, dict) and answer.get("error"):
            raise error_in_answer(self.who, answer["error"])
        return answer

    @contextlib.asynccontextmanager
    async def _open(self, method: str, path: str, body: Mapping[str, Any] | None) -> AsyncIterator[httpx.Response]:
        """Give the response to a request whose status says that it went well."""
        response = await self._send(method, path, body)
        try:
            if response.status_code >= 300:
                content = await self._read(response, _MAX_ERROR, cut=True)
                raise status_error(
                    self.who, response.status_code, response.headers, content, fields=(body or {}).keys()
                )
            if response.headers.get("content-encoding", "identity") != "identity":
                raise garbage(self.who, "compressed, which was not asked for")
            yield response
        finally:
            await response.aclose()

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode("utf-8", "replace")
        key = await find_key(self._name, self._settings)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        client = await self._client(keeps=True)
        import httpx

        connected = 0

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            nonlocal connected
            if event in ("connection.connect_tcp.started", "connection.connect_unix_socket.started"):
                connected += 1
                self.n_connections += 1

        async def attempt(client: httpx.AsyncClient) -> httpx.Response:
            request = client.build_request(
                method, self.address.url + path, content=content, headers=headers, extensions={"trace": trace}
            )
            return await client.send(request, stream=True)

        try:
            try:
                return await attempt(client)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if connected:
                    raise
            # An idle connection had been dropped by the server: it has not seen this request.
            return await attempt(await self._client(keeps=False))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._failure(error) from error

    async def _read(self, response: httpx.Response, limit: int, *, cut: bool = False) -> bytes:
        content = bytearray()
        async with contextlib.aclosing(self._chunks(response, limit, cut=cut)) as chunks:
            async for chunk in chunks:
                content += chunk
        return bytes(content)

    async def _chunks(self, response: httpx.Response, limit: int, *, cut: bool = False) -> AsyncGenerator[bytes]:
        import httpx

        n_bytes = 0
        try:
            async for chunk in response.aiter_raw():
                n_bytes += len(chunk)
                if n_bytes > limit:
                    if cut:
                        return
                    raise garbage(self.who, f"more than {limit >> 20} MiB")
                yield chunk
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> Exception:
        settings = self._settings
        return transport_error(
            self.who, error, connect_seconds=settings.connect_seconds, read_seconds=settings.read_seconds
        )

    async def _client(self, *, keeps: bool) -> httpx.AsyncClient:
        if self._is_closed:
            raise ProviderUnavailableError(f"{self.who} is no longer in use.")
        async with self._making:
            if keeps not in self._clients:
                # The import and the certificates take a tenth of a second, which typing must not wait for.
                self._clients[keeps] = await asyncio.to_thread(self._make, keeps=keeps)
            return self._clients[keeps]

    def _make(self, *, keeps: bool) -> httpx.AsyncClient:
        import httpx

        # They would log an address per request.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        settings = self._settings
        proxied = settings.use_proxies and not self.address.is_loopback
        limits = httpx.Limits(
            max_connections=None,
            max_keepalive_connections=8 if keeps else 0,
            keepalive_expiry=_KEEP_ALIVE_SECONDS[self.address.is_loopback],
        )
        socket = self.address.socket
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket, limits=limits) if socket else None,
            verify=self._certificates(),
            trust_env=proxied,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "pylot"},
            timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
            limits=limits,
        )

    def _certificates(self) -> ssl.SSLContext | bool:
        import httpx

        settings = self._settings
        if not (self.address.is_encrypted and settings.verify_tls):
            return False
        try:
            if settings.ca_file:
                return ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise ConfigError(f"The ca_file of {self._name} cannot be read.") from error
        context = httpx.create_ssl_context(trust_env=False)
        # A company's own authority is in the system's store, not in httpx's.
        context.load_default_certs()
        return context


def read_json(text: str) -> Any:
    """Return what JSON says, without the numbers that only Python knows; raises `ValueError` for anything else."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
