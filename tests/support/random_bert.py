"""An embedder of random weights in llama.cpp's form: BERT, which reads a whole text at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

N_CONTEXT = 64
WIDTH = 32
WORDS = ("one", "two", "three", "def", "return")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_INNER = 64
_N_LAYERS = 2


def write_random_bert(path: Path) -> Path:
    """Write a model that llama.cpp loads and that knows `WORDS`, and return its path."""
    import gguf

    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("random bert")
    writer.add_context_length(N_CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(_N_LAYERS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(2)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    # llama.cpp marks the pieces that begin a word, where the vocabulary of BERT marks those that go on.
    writer.add_token_list([*_SPECIAL, *(f"\u2581{word}" for word in WORDS)])
    writer.add_token_types([gguf.TokenType.CONTROL] * len(_SPECIAL) + [gguf.TokenType.NORMAL] * len(WORDS))
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(3)
    writer.add_sep_token_id(3)
    writer.add_mask_token_id(4)
    for name, shape in _shapes().items():
        values = np.random.default_rng(len(name)).standard_normal(shape, dtype=np.float32)
        writer.add_tensor(name, np.ones(shape, np.float32) if name.endswith("norm.weight") else values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (len(_SPECIAL) + len(WORDS), WIDTH),
        "position_embd.weight": (N_CONTEXT, WIDTH),
        "token_types.weight": (2, WIDTH),
        "token_embd_norm.weight": (WIDTH,),
        "token_embd_norm.bias": (WIDTH,),
    }
    dense = dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (WIDTH, WIDTH))
    dense |= {"ffn_up": (_INNER, WIDTH), "ffn_down": (WIDTH, _INNER)}
    for number in range(_N_LAYERS):
        for name, shape in dense.items():
            shapes |= {f"blk.{number}.{name}.weight": shape, f"blk.{number}.{name}.bias": shape[:1]}
        for name in ("attn_output_norm", "layer_output_norm"):
            shapes |= {f"blk.{number}.{name}.weight": (WIDTH,), f"blk.{number}.{name}.bias": (WIDTH,)}
    return shapes
