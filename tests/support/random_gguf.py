"""Models of random weights: right in shape and format, quick to write, and without any sense.

What needs only speed, shapes or errors is tested with them, so the suite downloads nothing.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

SHIPPED_MODEL = Path(__file__).parents[2] / "server/pylot/models/shipped/pylot-tiny-2m-q8_0.gguf"

# The tokens of the shipped vocabulary come in this order: 7 special ones, 256 bytes, one per merge.
N_SPECIAL = 7
N_UNMERGED = N_SPECIAL + 256

CHAT_TEMPLATE = (
    "{% for message in messages %}<|repo_name|>{{ message.role }}\n{{ message.content }}<|file_sep|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|repo_name|>assistant\n{% endif %}"
)
# In plain words: llama-server ends with a crash when its grammar meets what begins an answer in the template above,
# because llama.cpp counts <|repo_name|> among the tokens that end one.
PLAIN_TEMPLATE = (
    "{% for message in messages %}### {{ message.role }}\n{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}### assistant\n{% endif %}"
)
# Closes a block of thoughts in advance where the model is told not to think aloud.
THINKING_TEMPLATE = (
    PLAIN_TEMPLATE + "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
)

FIM_KEYS = {"pre": 1, "suf": 2, "mid": 3, "pad": 4, "rep": 5, "sep": 6}


@dataclass(frozen=True)
class Shape:
    """What a random model looks like from outside; the same shape always gives the same bytes."""

    architecture: Literal["llama", "qwen2"] = "qwen2"
    name: str = "random"
    n_layers: int = 2
    embedding: int = 64
    feed_forward: int = 128
    heads: int = 2
    kv_heads: int = 1
    context: int = 1024
    vocabulary: int = 2048
    fim: bool = True
    # Without a spelling that anybody knows, the tokens are found by the numbers in the file's metadata alone.
    fim_is_spelled: bool = True
    chat_template: str = ""
    seed: int = 1


@functools.cache
def shipped_vocabulary() -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
    """Return tokens, token types and merges of the shipped model."""
    import gguf

    fields = gguf.GGUFReader(SHIPPED_MODEL).fields
    tokens, types, merges = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "token_type", "merges"))
    return tuple(tokens), tuple(types), tuple(merges)


def write_random_gguf(path: Path, shape: Shape) -> Path:
    """Write a model that llama.cpp loads, and return its path."""
    import gguf

    writer = gguf.GGUFWriter(path, shape.architecture)
    _add_facts(writer, shape)
    _add_vocabulary(writer, shape)
    _add_weights(writer, shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_facts(writer: Any, shape: Shape) -> None:
    writer.add_name(shape.name)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.embedding)
    writer.add_block_count(shape.n_layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(shape.embedding // shape.heads)
    writer.add_vocab_size(shape.vocabulary)


def _add_vocabulary(writer: Any, shape: Shape) -> None:
    all_tokens, all_types, all_merges = shipped_vocabulary()
    assert N_UNMERGED <= shape.vocabulary <= len(all_tokens)
    tokens = list(all_tokens[: shape.vocabulary])
    if not (shape.fim and shape.fim_is_spelled):
        # llama.cpp recognizes these tokens by their text, so the text has to go too.
        tokens[1:N_SPECIAL] = [f"<|unused_{number}|>" for number in range(1, N_SPECIAL)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(list(all_types[: shape.vocabulary]))
    writer.add_token_merges(list(all_merges[: shape.vocabulary - N_UNMERGED]))
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    if shape.fim:
        for key, token in FIM_KEYS.items():
            writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", token)
    if shape.chat_template:
        writer.add_chat_template(shape.chat_template)


def _add_weights(writer: Any, shape: Shape) -> None:
    random = np.random.default_rng(shape.seed)

    def matrix(name: str, rows: int, columns: int, spread: float) -> None:
        weights = random.standard_normal((rows, columns), dtype=np.float32) * np.float32(spread)
        writer.add_tensor(name, weights.astype(np.float16))

    def vector(name: str, size: int, value: float) -> None:
        writer.add_tensor(name, np.full(size, value, dtype=np.float32))

    width, kv_width = shape.embedding, shape.embedding // shape.heads * shape.kv_heads
    matrix("token_embd.weight", shape.vocabulary, width, 1.0)
    vector("output_norm.weight", width, 1.0)
    # Not tied to the embedding: a tied random model would repeat its last token for ever.
    matrix("output.weight", shape.vocabulary, width, 3.0 / width**0.5)
    for layer in range(shape.n_layers):
        block = f"blk.{layer}."
        vector(block + "attn_norm.weight", width, 1.0)
        vector(block + "ffn_norm.weight", width, 1.0)
        for name, rows, columns in (
            ("attn_q", width, width),
            ("attn_k", kv_width, width),
            ("attn_v", kv_width, width),
            ("attn_output", width, width),
            ("ffn_gate", shape.feed_forward, width),
            ("ffn_up", shape.feed_forward, width),
            ("ffn_down", width, shape.feed_forward),
        ):
            matrix(f"{block}{name}.weight", rows, columns, columns**-0.5)
        if shape.architecture == "qwen2":
            for name, rows in (("attn_q", width), ("attn_k", kv_width), ("attn_v", kv_width)):
                vector(f"{block}{name}.bias", rows, 0.0)


class RandomModels:
    """Hand out random models by shape; each is written once per test session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[Shape, Path] = {}

    def __call__(self, shape: Shape | None = None) -> Path:
        """Return the path of the model; tests must not change the file."""
        shape = shape or Shape()
        if shape not in self._paths:
            path = self._folder / f"{shape.name}-{len(self._paths)}.gguf"
            self._paths[shape] = write_random_gguf(path, shape)
        return self._paths[shape]


# GGUF value types, as in the format's specification.
_UINT8, _STRING, _ARRAY = 0, 8, 9
_HUGE = 2**60


def _header(*, version: int = 3, n_tensors: int = 0, n_values: int = 0, magic: bytes = b"GGUF") -> bytes:
    return magic + struct.pack("<IQQ", version, n_tensors, n_values)


def _key(text: str, value_type: int) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode() + struct.pack("<I", value_type)


def damaged_ggufs(good: Path) -> dict[str, bytes]:
    """Return the contents of files that must be refused, by what is wrong with each."""
    whole = good.read_bytes()
    nested = struct.pack("<IQ", _ARRAY, 1) * 10_000
    return {
        "empty": b"",
        "magic only": b"GGUF",
        "cut in the header": whole[:1_000],
        "cut in the weights": whole[: len(whole) * 3 // 4],
        "wrong magic": b"GGML" + whole[4:],
        "text": b"version https://example.invalid/large-file\nsize 123\n",
        "zero bytes": bytes(4_096),
        "version 1": b"GGUF" + struct.pack("<I", 1) + whole[8:],
        "version 99": b"GGUF" + struct.pack("<I", 99) + whole[8:],
        "huge value count": _header(n_values=_HUGE) + whole[24:],
        "huge tensor count": _header(n_tensors=_HUGE),
        "key length bomb": _header(n_values=1) + struct.pack("<Q", _HUGE),
        "string length bomb": _header(n_values=1) + _key("general.name", _STRING) + struct.pack("<Q", _HUGE),
        "array length bomb": _header(n_values=1) + _key("general.tags", _ARRAY) + struct.pack("<IQ", _UINT8, _HUGE),
        "nested arrays": _header(n_values=1) + _key("general.tags", _ARRAY) + nested,
        "unknown value type": _header(n_values=1) + _key("general.name", 77) + bytes(64),
    }
