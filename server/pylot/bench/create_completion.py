"""The child process of the contender llama-cpp-python: its `create_completion`, asked in lines of JSON on stdin.

A line `{"prefix", "suffix", "max_tokens"}` is answered by `{"text"}` per token and one line with `done`; an empty line
gives up the request under way, which `create_completion` notices between two tokens.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any


def main() -> None:
    """Serve until stdin ends."""
    from llama_cpp import Llama

    # What llama.cpp prints must not get between the answers.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    model, threads, n_ctx = sys.argv[1:]
    llama = Llama(model, n_ctx=int(n_ctx), n_threads=int(threads), n_threads_batch=int(threads), verbose=False)
    decoded = _watch_decoding(llama)
    requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    given_up = threading.Event()
    threading.Thread(target=_read, args=(requests, given_up), daemon=True).start()
    _write(out, {"ready": True})
    while (request := requests.get()) is not None:
        given_up.clear()
        decoded.clear()
        stream: Any = llama.create_completion(
            request["prefix"], suffix=request["suffix"], max_tokens=request["max_tokens"], temperature=0.0, stream=True
        )
        for event in stream:
            _write(out, {"text": event["choices"][0]["text"]})
            if given_up.is_set():
                break
        n_reused, n_decoded = decoded[0]
        _write(out, {"done": True, "decoded": n_decoded, "reused": n_reused})


def _watch_decoding(llama: Any) -> list[tuple[int, int]]:
    """Note how many tokens the library has and how many it adds; the first entry of a request is its prompt."""
    decoded: list[tuple[int, int]] = []
    decode = llama.eval

    def watch(tokens: Any) -> None:
        decoded.append((llama.n_tokens, len(tokens)))
        decode(tokens)

    llama.eval = watch
    return decoded


def _read(requests: queue.SimpleQueue[dict[str, Any] | None], given_up: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip():
            requests.put(json.loads(line))
        else:
            given_up.set()
    requests.put(None)


def _write(out: Any, values: dict[str, Any]) -> None:
    out.write(json.dumps(values) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
