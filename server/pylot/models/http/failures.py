"""What went wrong at a model server, as one of Pylot's own errors with one sentence each.

A server's own words are read to tell the errors apart and never passed on: they may quote the user's code (P4).
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pylot.kernel.errors import (
    ModelAbilityError,
    ProviderAuthError,
    ProviderModelMissingError,
    ProviderRateLimitedError,
    ProviderRequestError,
    ProviderUnavailableError,
    PylotError,
)

_TOO_LONG = re.compile(r"context.{0,20}(length|size|window)|too (long|large|many tokens)|maximum context")
# llama-cpp-python's server calls a field that it does not know an error of its own, llama-server a text that it cannot
# embed at once.
_REQUESTS_FAULT = re.compile("validation error|too large to process")
_NO_MODEL = re.compile(r"model[_ ]not[_ ]found|no such model|model .{0,200}(not found|does not exist)|unknown model")
_LONGEST_WAIT = 3600.0


class FieldsRefusedError(ProviderRequestError):
    """The server cannot take the request; `fields` are those of the request that its answer names."""

    def __init__(self, sentence: str, *, fields: frozenset[str], too_long: bool, detail: str) -> None:
        super().__init__(sentence, too_long=too_long, detail=detail)
        self.fields = fields


def status_error(
    who: str, status: int, headers: Mapping[str, str], body: bytes, *, fields: Collection[str] = ()
) -> PylotError:
    """Return the error for an answer that is none; `fields` are the names of the request's optional fields."""
    words = _words(body)
    detail = f"HTTP status {status}"
    if status in (401, 403):
        return ProviderAuthError(f"{who} does not accept the key (status {status}).", detail=detail)
    if status == 404 and "chat/completions" in words:
        return ModelAbilityError(f"{who} has a model that can chat, but not complete.", detail=detail)
    if status == 404 or (status == 400 and _NO_MODEL.search(words)):
        return ProviderModelMissingError(
            f"{who} does not have the model, or its base_url leads elsewhere.", detail=detail
        )
    wait = retry_after(headers)
    if status == 429 or (status == 503 and wait is not None):
        return ProviderRateLimitedError(f"{who} takes no more requests for now.", retry_after=wait, detail=detail)
    if status == 501:
        return ModelAbilityError(f"{who} is not set up for this kind of request.", detail=detail)
    if (400 <= status < 500 and status not in (408, 425)) or (status == 500 and _REQUESTS_FAULT.search(words)):
        too_long = status == 413 or _TOO_LONG.search(words) is not None
        why = "because the prompt is too long for it" if too_long else f"(status {status})"
        named = frozenset(field for field in fields if field in words)
        return FieldsRefusedError(f"{who} refuses the request {why}.", fields=named, too_long=too_long, detail=detail)
    if 300 <= status < 400:
        return ProviderUnavailableError(f"{who} sends Pylot elsewhere, where it does not go.", detail=detail)
    if status == 503 and "loading" in words:
        return ProviderUnavailableError(f"{who} is still loading its model.", detail=detail)
    return ProviderUnavailableError(f"{who} failed (status {status}).", detail=detail)


def error_in_answer(who: str, error: object) -> PylotError:
    """Return the error that a server reports inside an answer that began well."""
    status = error.get("code") if isinstance(error, Mapping) else None
    known = status if isinstance(status, int) and 400 <= status < 600 else 500
    return status_error(who, known, {}, json.dumps(error).encode())


def transport_error(who: str, error: Exception, *, connect_seconds: float, read_seconds: float) -> PylotError:
    """Return the error for a connection that failed."""
    import httpx

    detail = type(error).__name__
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return ProviderUnavailableError(f"{who} cannot be reached within {connect_seconds:g} s.", detail=detail)
    if isinstance(error, httpx.TimeoutException):
        return ProviderUnavailableError(f"{who} was silent for {read_seconds:g} s.", detail=detail)
    if isinstance(error, httpx.ConnectError):
        if _is_about_tls(error):
            return ProviderUnavailableError(f"{who} shows a certificate that is not trusted.", detail=detail)
        return ProviderUnavailableError(f"{who} cannot be reached: nothing answers there.", detail=detail)
    if isinstance(error, httpx.ProxyError):
        return ProviderUnavailableError(f"{who} cannot be reached through the proxy.", detail=detail)
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        return ProviderUnavailableError(f"{who} broke off.", detail=detail)
    return ProviderUnavailableError(f"{who} cannot be spoken to.", detail=detail)


def garbage(who: str, what: str) -> ProviderUnavailableError:
    """Return the error for an answer that makes no sense."""
    return ProviderUnavailableError(f"{who} answers with garbage: {what}.")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that a server asks to be left alone, at most an hour (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            then = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = ((then if then.tzinfo else then.replace(tzinfo=UTC)) - (now or datetime.now(UTC))).total_seconds()
    # The comparison also turns away what is not a number.
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else None


def _words(body: bytes) -> str:
    return body[:8192].decode("utf-8", "replace").lower()


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "certificate" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False
