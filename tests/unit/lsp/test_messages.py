from __future__ import annotations

import json

import pytest

from pylot.lsp.errors import ErrorCode
from pylot.lsp.messages import Malformed, Notification, Request, Response, decode, encode


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"jsonrpc":"2.0","id":1,"method":"a","params":[]}', Request(1, "a", [])),
        ('{"jsonrpc":"2.0","id":"x","method":"a"}', Request("x", "a", None)),
        ('{"jsonrpc":"2.0","method":"a","params":{}}', Notification("a", {})),
        ('{"jsonrpc":"2.0","id":1,"result":null}', Response({"jsonrpc": "2.0", "id": 1, "result": None})),
    ],
)
def test_messages_are_told_apart(body: str, expected: object) -> None:
    assert decode(body.encode()) == expected


@pytest.mark.parametrize(
    ("body", "message_id", "code"),
    [
        (b"", None, ErrorCode.PARSE_ERROR),
        (b"{", None, ErrorCode.PARSE_ERROR),
        (b'"\xff"', None, ErrorCode.PARSE_ERROR),
        (b"[" * 100_000, None, ErrorCode.PARSE_ERROR),
        (b"9" * 10_000, None, ErrorCode.PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"a"}', None, ErrorCode.PARSE_ERROR),
        (b"[]", None, ErrorCode.INVALID_REQUEST),
        (b"null", None, ErrorCode.INVALID_REQUEST),
        (b"{}", None, ErrorCode.INVALID_REQUEST),
        (b'{"id":4,"method":"a"}', 4, ErrorCode.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":4}', 4, ErrorCode.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":4,"method":5}', 4, ErrorCode.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":null,"method":"a"}', None, ErrorCode.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":true,"method":"a"}', None, ErrorCode.INVALID_REQUEST),
    ],
)
def test_what_is_no_message_says_why(body: bytes, message_id: object, code: ErrorCode) -> None:
    """T3, T4: malformed messages are answered, never raised."""
    malformed = decode(body)

    assert isinstance(malformed, Malformed)
    assert (malformed.id, malformed.error.code) == (message_id, code)


def test_lone_surrogates_survive_the_way_out() -> None:
    assert json.loads(encode({"text": "\ud83dx"})) == {"text": "\ud83dx"}
