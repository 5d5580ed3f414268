"""T3: whatever arrives on standard input, the next good request is answered, or the process ends with code 1."""

from __future__ import annotations

import random

from tests.support.hostile_frames import hostile_frame
from tests.support.stdio_client import StdioClient


def check_hostile_streams(*, n_streams: int, seed: int) -> None:
    rng = random.Random(seed)
    with StdioClient() as client:
        client.initialize()
        for stream_idx in range(n_streams):
            name, noise = hostile_frame(rng)
            client.send_bytes(noise)
            request_id = client.request("workspace/executeCommand", {"command": "pylot.explain", "arguments": [3]})
            answer = client.answer(request_id)
            assert answer.get("result") == {"limit": 3}, (seed, stream_idx, name)
        client.ask("shutdown")
        client.notify("exit")

        assert client.exit_code() == 0
        assert {it["error"]["code"] for it in client.remaining()} <= {-32700, -32600}


def test_sixty_hostile_streams() -> None:
    check_hostile_streams(n_streams=60, seed=3)


def test_input_that_is_not_lsp_ends_the_process_with_one_line_in_the_log() -> None:
    with StdioClient() as client:
        client.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost " * 50_000)

        assert client.exit_code() == 1
        client.remaining()
        assert [line for line in client.log if line.startswith(("ERROR", "Traceback"))] == [
            "ERROR pylot.lsp.server The input is not LSP: a megabyte went by without a message."
        ]
