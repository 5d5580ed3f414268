"""Frames as broken clients send them (test T3)."""

from __future__ import annotations

import json
import random

_BODY = json.dumps(
    {"jsonrpc": "2.0", "method": "$/noise", "params": {"text": "Content-Length: 5\\r\\n\\r\\n é {}"}}
).encode()


def _with_length(length: object, body: bytes = _BODY) -> bytes:
    return b"Content-Length: %b\r\n\r\n%b" % (str(length).encode(), body)


def _flipped(rng: random.Random) -> bytes:
    data = bytearray(_with_length(len(_BODY)))
    data[rng.randrange(30)] = rng.randrange(256)
    return bytes(data)


def hostile_frame(rng: random.Random) -> tuple[str, bytes]:
    """Return the name of a mutation and the bytes it makes of one frame."""
    n = len(_BODY)
    mutations = {
        "none": _with_length(n),
        "lower case": b"content-length: %d\r\n\r\n%b" % (n, _BODY),
        "no space": b"CONTENT-LENGTH:%d \r\n\r\n%b" % (n, _BODY),
        "more headers": b"X-Content-Length: 3\r\nContent-Length: %d\r\nContent-Type: a\r\n\r\n%b" % (n, _BODY),
        "line feeds": b"Content-Length: %d\n\n%b" % (n, _BODY),
        "missing length": b"Content-Type: a\r\n\r\n" + _BODY,
        "no header": _BODY,
        "negative": _with_length(-n),
        "no number": _with_length("many"),
        "10 GB": _with_length(10_000_000_000),
        "more digits than a number has": _with_length("9" * 5_000),
        "too short": _with_length(rng.randrange(n)),
        "too long": _with_length(n + rng.randrange(1, 200)),
        "zero": _with_length(0, b""),
        "byte order mark": b"\xef\xbb\xbf" + _with_length(n),
        "stray bytes": rng.randbytes(rng.randrange(300)) + _with_length(n),
        "stray lines": b"hello\r\n\r\nworld\n\n" + _with_length(n),
        "twice": _with_length(n) * 2,
        "bad UTF-8": _with_length(4, b'"\xff\xfe"'),
        "bad JSON": _with_length(6, b"{'a':}"),
        "batch": _with_length(n + 2, b"[" + _BODY + b"]"),
        "nested": _with_length(200_000, b"[" * 100_000 + b"]" * 100_000),
        "huge number": _with_length(9_000, b"9" * 9_000),
        "not a number": _with_length(3, b"NaN"),
        "null": _with_length(4, b"null"),
        "cut short": _with_length(n)[: rng.randrange(25, n)],
        "one byte flipped": _flipped(rng),
        "object id": _with_length(45, b'{"jsonrpc":"2.0","id":{},"method":"shutdown"}'),
        "response to nobody": _with_length(36, b'{"jsonrpc":"2.0","id":7,"result":{}}'),
        "response to nothing": _with_length(38, b'{"jsonrpc":"2.0","id":[],"error":null}'),
    }
    name = rng.choice(list(mutations))
    return name, mutations[name]
