"""Models of random weights to measure ghost text with: `python -m tests.bench.random_models 0.5B FILE` writes one.

The shape is that of Qwen2.5-Coder, so are the vocabulary and the tokens around the gap; only what it says is senseless.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from setup.llama_server import VOCABULARY, find_server
from tests.support.full_size_gguf import SIZES, write_full_size_gguf
from tests.support.gguf_vocabulary import read_vocabulary


def writing_model(size: str, path: Path) -> Path:
    """Write a model of a size unless the file is there, and return its path."""
    if not path.exists():
        server = find_server(os.environ)
        if server is None or not (server.parent / VOCABULARY).is_file():
            sys.exit("The vocabulary comes with llama-server: run `make llama-server`.")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        write_full_size_gguf(partial, SIZES[size], "Q4_K_M", read_vocabulary(server.parent / VOCABULARY))
        partial.replace(path)
    return path


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in SIZES:
        sys.exit(f"usage: python -m tests.bench.random_models {'|'.join(SIZES)} FILE")
    print(writing_model(arguments[0], Path(arguments[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
