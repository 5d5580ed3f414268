"""An embedder of random weights in llama.cpp's form: BERT, which reads a whole text at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True)
class Bert:
    """The shape of a model, which knows the words `w0`, `w1` and so on."""

    context: int = 64
    width: int = 32
    inner: int = 64
    heads: int = 2
    n_layers: int = 2
    n_words: int = 5


MINILM = Bert(context=512, width=384, inner=1536, heads=12, n_layers=6, n_words=30_517)


def write_random_bert(path: Path, bert: Bert | None = None) -> Path:
    """Write a model that llama.cpp loads, and return its path."""
    import gguf

    bert = bert or Bert()
    words = [f"\u2581w{number}" for number in range(bert.n_words)]
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("random bert")
    writer.add_context_length(bert.context)
    writer.add_embedding_length(bert.width)
    writer.add_block_count(bert.n_layers)
    writer.add_feed_forward_length(bert.inner)
    writer.add_head_count(bert.heads)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    # llama.cpp marks the pieces that begin a word, where the vocabulary of BERT marks those that go on.
    writer.add_token_list([*_SPECIAL, *words])
    writer.add_token_types([gguf.TokenType.CONTROL] * len(_SPECIAL) + [gguf.TokenType.NORMAL] * len(words))
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(3)
    writer.add_sep_token_id(3)
    writer.add_mask_token_id(4)
    for name, shape in _shapes(bert).items():
        values = np.random.default_rng(len(name)).standard_normal(shape, dtype=np.float32)
        writer.add_tensor(name, np.ones(shape, np.float32) if name.endswith("norm.weight") else values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(bert: Bert) -> dict[str, tuple[int, ...]]:
    width = bert.width
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (len(_SPECIAL) + bert.n_words, width),
        "position_embd.weight": (bert.context, width),
        "token_types.weight": (2, width),
        "token_embd_norm.weight": (width,),
        "token_embd_norm.bias": (width,),
    }
    dense = dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (width, width))
    dense |= {"ffn_up": (bert.inner, width), "ffn_down": (width, bert.inner)}
    for number in range(bert.n_layers):
        for name, shape in dense.items():
            shapes |= {f"blk.{number}.{name}.weight": shape, f"blk.{number}.{name}.bias": shape[:1]}
        for name in ("attn_output_norm", "layer_output_norm"):
            shapes |= {f"blk.{number}.{name}.weight": (width,), f"blk.{number}.{name}.bias": (width,)}
    return shapes
