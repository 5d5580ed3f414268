"""Tools behind an address: only the host that the user has named is spoken to, whatever it answers (C13)."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from pylot.tools.results import ToolResult, failed, json_result, text_result
from pylot.tools.settings import HttpToolSettings

_MOST_REDIRECTS = 3
_MOST_BYTES = 4 << 20
# Others turn a POST into a GET.
_KEEPS_METHOD = (307, 308)
_REDIRECTS = (301, 302, 303, *_KEEPS_METHOD)
# IPv4-compatible addresses, NAT64 (RFC 6052), Teredo and 6to4.
_HOLDING_IPV4 = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b::/96", "2001::/32", "2002::/16")))


async def call_http_tool(
    settings: HttpToolSettings, arguments: Mapping[str, Any], context: Mapping[str, Any]
) -> ToolResult:
    """Send arguments and context by POST and return the answer; every failure is a result that says so."""
    try:
        async with asyncio.timeout(settings.timeout_s):
            return await _post(settings, {"args": dict(arguments), "context": dict(context)})
    except TimeoutError:
        return failed(f"The tool did not answer within {settings.timeout_s:g} seconds.")


async def _post(settings: HttpToolSettings, body: Mapping[str, Any]) -> ToolResult:
    import httpx

    url, is_first = settings.url, True
    hosts = {urlsplit(settings.url).hostname, *settings.redirect_hosts}
    async with httpx.AsyncClient(trust_env=False, timeout=settings.timeout_s, follow_redirects=False) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            host = urlsplit(url).hostname
            if host is None or host not in hosts:
                return failed("The tool's address leads to another host, which is not allowed.")
            address = await _address(host, may_be_private=is_first)
            if address is None:
                return failed("The tool's address leads into a private network, or nowhere.")
            try:
                request = _request(client, url, address, settings.headers if is_first else {}, body)
                response = await client.send(request, stream=True)
                try:
                    if response.status_code not in _REDIRECTS:
                        return _answer(response.status_code, await _read(response))
                finally:
                    await response.aclose()
            except (httpx.HTTPError, httpx.InvalidURL, OSError):
                return failed("The tool's server cannot be reached, or broke off.")
            if response.status_code not in _KEEPS_METHOD or "location" not in response.headers:
                return failed("The tool's address has moved.")
            url, is_first = urljoin(url, response.headers["location"]), False
    return failed("The tool's address leads on and on.")


def _request(client: Any, url: str, address: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    """Make the request for the very address that was looked at, so that the name cannot mean another one by then."""
    parts = urlsplit(url)
    literal = f"[{address}]" if ":" in address else address
    pinned = parts._replace(netloc=f"{literal}:{parts.port}" if parts.port else literal).geturl()
    host = parts.netloc.rpartition("@")[2]
    return client.build_request(
        "POST", pinned, json=body, headers={**headers, "Host": host}, extensions={"sni_hostname": parts.hostname}
    )


async def _address(host: str, *, may_be_private: bool) -> str | None:
    """Return an address of a host; one that the user has named may be their own machine's."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return None
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not addresses or (not may_be_private and not all(map(_is_public, addresses))):
        return None
    return addresses[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        # Such an address leads to the IPv4 address that it holds, which may be anybody's.
        if known.ipv4_mapped:
            return _is_public(str(known.ipv4_mapped))
        if known.is_site_local or any(known in network for network in _HOLDING_IPV4):
            return False
    return known.is_global and not known.is_multicast


async def _read(response: Any) -> bytes | None:
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > _MOST_BYTES:
            return None
    return bytes(data)


def _answer(status: int, data: bytes | None) -> ToolResult:
    if data is None:
        return failed("The tool's answer is too long.")
    if status >= 400:
        return failed(f"The tool's server answered with status {status}.")
    try:
        return json_result(json.loads(data))
    except ValueError:
        return text_result(data.decode("utf-8", "replace"))
