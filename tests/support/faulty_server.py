"""A model server that can do everything wrong: raw sockets, so that no library mends what it sends.

It speaks just enough of llama-server's and of OpenAI's protocol for both providers to be content in the mode `good`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal, get_args

Mode = Literal[
    "good",
    "refuse",
    "hang",
    "trickle",
    "cut",
    "cut before the end",
    "bad json",
    "bad utf-8",
    "bad sse",
    "web page",
    "status 401",
    "status 429",
    "status 500",
    "too long",
    "huge event",
    "huge answer",
    "endless",
    "wrong model",
]
MODES: tuple[Mode, ...] = get_args(Mode)

MODEL = "good-model"
TOKENS = ("alpha ", "beta ", "gamma ", "delta ", "epsilon ", "zeta ")
ANSWER = "".join(TOKENS)
RETRY_AFTER = 7
SPECIAL = {"<|fim_prefix|>": 1, "<|fim_suffix|>": 2, "<|fim_middle|>": 3, "<|repo_name|>": 4, "<|file_sep|>": 5}

_PACE_SECONDS = 0.02
_STREAMS = ("/completion", "/infill", "/v1/completions", "/v1/chat/completions")


class FaultyServer:
    """Listens on one port of this machine; `requests` are the paths that have been asked for."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.n_connections = 0
        self.drops_after: int | None = None
        self.special = SPECIAL
        self.context_tokens = 512
        self.chat_template = "{{ messages }}"
        self.refuses: set[str] = set()
        self.port = 0
        self._mode: Mode = "good"
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def be(self, mode: Mode) -> None:
        """Behave like this from now on; open connections are kept unless the server is to refuse."""
        self._mode = mode
        if mode == "refuse":
            await self.stop()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.n_connections += 1
        n_served = 0
        try:
            while (request := await _read_request(reader)) is not None:
                if self.drops_after is not None and n_served >= self.drops_after:
                    return
                n_served += 1
                path, body, key = request
                self.keys.append(key)
                self.requests.append(path)
                self.bodies.append(body)
                if not await self._answer(path, body, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection goes on."""
        mode = self._mode
        if mode == "hang":
            await asyncio.Event().wait()
        if mode == "trickle":
            for byte in _response(200, _json(self._facts(path, body)) * 100):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(_PACE_SECONDS)
        refused = self.refuses & body.keys()
        refusal = _REFUSALS.get(mode)
        if refused:
            refusal = _refusal(400, {"message": f"unknown parameter: {min(refused)}"})
        if refusal is not None:
            writer.write(refusal())
        elif path in _STREAMS:
            return await self._stream(path, mode, writer)
        elif mode == "bad json":
            writer.write(_response(200, b'{"data": [}'))
        elif mode == "bad utf-8":
            writer.write(_response(200, b'{"data": "\xff\xfe"}'))
        elif mode == "huge answer":
            writer.write(_response(200, b'{"data": "' + b"x" * (10 << 20) + b'"}'))
        else:
            writer.write(_response(200, _json(self._facts(path, body))))
        await writer.drain()
        return True

    def _facts(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        match path.partition("?")[0]:
            case "/props":
                name = "other-model" if self._mode == "wrong model" else MODEL
                return {
                    "default_generation_settings": {"n_ctx": self.context_tokens},
                    "model_alias": name,
                    "chat_template": self.chat_template,
                }
            case "/tokenize":
                content = body["content"]
                if isinstance(content, list):
                    return {
                        "tokens": [
                            {"id": self.special[text], "piece": text} for text in content if text in self.special
                        ]
                    }
                return {"tokens": [ord(character) for character in content]}
            case "/v1/embeddings":
                return {"data": [{"index": index, "embedding": [3, 4]} for index, _ in enumerate(body["input"])]}
            case "/v1/models":
                return {"data": [{"id": MODEL, "max_model_len": 512}]}
        return {"status": "ok"}

    async def _stream(self, path: str, mode: Mode, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        async for block in self._blocks(path, mode):
            writer.write(b"%x\r\n%s\r\n" % (len(block), block))
            await writer.drain()
        if mode == "cut":
            writer.write(b"ff\r\ndata: {")
            await writer.drain()
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _blocks(self, path: str, mode: Mode) -> AsyncIterator[bytes]:
        token, end = _EVENTS[path]
        yield b": a comment\n\n" + _event(token(TOKENS[0]))
        match mode:
            case "cut" | "cut before the end":
                return
            case "bad json":
                yield b'data: {"content": \n\n'
            case "bad utf-8":
                yield _event(token("gar\x00bled")).replace(b"\\u0000", b"\xc3\x28")
            case "bad sse":
                yield b"\x00\x01 nonsense \r\r: \n data {\ndata: x\ndata:" + b"\n\n"
            case "huge event":
                for _ in range(160):
                    yield b"data: " * (_ == 0) + b"x" * (1 << 16)
            case "huge answer":
                for _ in range(160):
                    yield _event(token("x" * (1 << 16)))
            case "endless":
                while True:
                    yield _event(token(TOKENS[1]))
                    await asyncio.sleep(0)
            case _:
                for text in TOKENS[1:]:
                    yield _event(token(text))
                yield end


def _raw_token(text: str) -> dict[str, Any]:
    return {"content": text, "stop": False, "completion_probabilities": [{"logprob": -0.1}]}


def _text_token(text: str) -> dict[str, Any]:
    return {"choices": [{"text": text, "logprobs": {"token_logprobs": [-0.1]}, "finish_reason": None}]}


def _chat_token(text: str) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": None}]}


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


_N = len(TOKENS)
_RAW_END = _event(
    {
        "stop": True,
        "stop_type": "limit",
        "tokens_evaluated": 20,
        "timings": {"cache_n": 15, "prompt_n": 5, "predicted_n": _N, "prompt_ms": 1.0, "predicted_ms": 2.0},
    }
)
_OPENAI_END = (
    _event({"choices": [{"text": "", "delta": {}, "finish_reason": "length"}]})
    + _event({"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": _N}})
    + b"data: [DONE]\n\n"
)
_EVENTS: dict[str, tuple[Callable[[str], dict[str, Any]], bytes]] = {
    "/completion": (_raw_token, _RAW_END),
    "/infill": (_raw_token, _RAW_END),
    "/v1/completions": (_text_token, _OPENAI_END),
    "/v1/chat/completions": (_chat_token, _OPENAI_END),
}


def _response(status: int, body: bytes, headers: str = "", kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def _refusal(status: int, error: dict[str, Any], headers: str = "") -> Callable[[], bytes]:
    return lambda: _response(status, _json({"error": error}), headers)


_REFUSALS: dict[Mode, Callable[[], bytes]] = {
    "status 401": _refusal(401, {"message": "Invalid API Key"}),
    "status 429": _refusal(429, {"message": "slow down"}, f"Retry-After: {RETRY_AFTER}\r\n"),
    "status 500": _refusal(500, {"message": "secret_user_code()"}),
    "too long": _refusal(400, {"message": "the prompt exceeds the context size", "type": "exceed_context_size_error"}),
    "wrong model": _refusal(404, {"message": "The model `x` does not exist", "code": "model_not_found"}),
    "web page": lambda: _response(200, b"<html>Welcome to the portal</html>", kind="text/html"),
}


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any], str | None] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    path = head[0].split(" ")[1]
    lengths = [int(line.split(":")[1]) for line in head if line.lower().startswith("content-length:")]
    content = await reader.readexactly(lengths[0]) if lengths else b""
    key = next((line.partition(": ")[2] for line in head if line.lower().startswith("authorization:")), None)
    return path, json.loads(content) if content else {}, key


@contextlib.asynccontextmanager
async def faulty_server(mode: Mode = "good") -> AsyncIterator[FaultyServer]:
    """Give a running server that is gone afterwards."""
    server = FaultyServer()
    await server.be("good")
    await server.be(mode)
    try:
        yield server
    finally:
        await server.stop()
