"""What a failed request is told.

RequestError            a request is answered by an error: its code and one sentence
└── InvalidParamsError  the parameters are not what the method takes
"""

from __future__ import annotations

from enum import IntEnum


class ErrorCode(IntEnum):
    """The error codes that Pylot uses (JSON-RPC 2.0 and LSP 3.18, "ErrorCodes")."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    SERVER_NOT_INITIALIZED = -32002
    REQUEST_CANCELLED = -32800
    CONTENT_MODIFIED = -32801
    REQUEST_FAILED = -32803


class RequestError(Exception):
    """Answer a request by an error; the sentence is shown to the user and quotes nothing that came in."""

    def __init__(self, code: ErrorCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    def payload(self) -> dict[str, object]:
        """Return the error as the protocol writes it, without `data`."""
        return {"code": int(self.code), "message": self.sentence}


class InvalidParamsError(RequestError):
    """The parameters of a message are not what its method takes."""

    def __init__(self, sentence: str) -> None:
        super().__init__(ErrorCode.INVALID_PARAMS, sentence)
