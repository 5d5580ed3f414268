"""Write a model as GGUF and read it back.

Follows the GGUF specification, version 3.
Parameters already carry GGUF's names, and rotary positions are llama.cpp's own, so nothing is renamed or permuted.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import torch

from training.export.card import ModelCard
from training.export.vocabulary import Vocabulary
from training.failure import TrainingError
from training.model import CodeModel
from training.shape import Shape
from training.specials import SPELLINGS, Special

FileType = Literal["Q8_0", "F16"]

_ARCHITECTURE = "llama"
_CARD_KEY = "pylot.model_card"
_FILE_TYPES = {"Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0, "F16": gguf.LlamaFileType.MOSTLY_F16}
_FIM_KEYS = {
    "pre": Special.PREFIX, "suf": Special.SUFFIX, "mid": Special.MIDDLE,
    "pad": Special.PAD, "rep": Special.REPOSITORY, "sep": Special.SEPARATOR,
}  # fmt: skip


def write_gguf(
    path: Path,
    model: CodeModel,
    vocabulary: Vocabulary,
    card: ModelCard,
    *,
    context_length: int,
    file_type: FileType = "Q8_0",
) -> None:
    """Write the file; it appears whole or not at all."""
    new = path.with_suffix(".new")
    writer = gguf.GGUFWriter(str(new), _ARCHITECTURE)
    _write_card(writer, card)
    _write_shape(writer, model.shape, context_length)
    writer.add_file_type(_FILE_TYPES[file_type])
    _write_vocabulary(writer, vocabulary)
    for name, tensor in model.state_dict().items():
        values = tensor.detach().float().cpu().numpy()
        if values.ndim == 1:
            writer.add_tensor(name, values)
        elif file_type == "F16":
            writer.add_tensor(name, values.astype(np.float16))
        else:
            blocks = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    new.replace(path)


def read_gguf(path: Path) -> tuple[CodeModel, Vocabulary]:
    """Return the model that a file holds, its weights as exact as their type, and its vocabulary.

    Raises TrainingError for a file that this recipe cannot go on with.
    """
    reader = gguf.GGUFReader(str(path))
    model = CodeModel(_read_shape(reader, path))
    weights = {
        tensor.name: torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
        for tensor in reader.tensors
    }
    if set(weights) != set(model.state_dict()):
        raise TrainingError(f"{path.name} holds other tensors than the models of this recipe.")
    model.load_state_dict(weights)
    tokens, merges = (_strings(reader, f"tokenizer.ggml.{key}") for key in ("tokens", "merges"))
    return model, Vocabulary(tuple(tokens), tuple(merges))


def read_card(path: Path) -> ModelCard | None:
    """Return the card of a file of this recipe, or None when it has none."""
    field = gguf.GGUFReader(str(path)).get_field(_CARD_KEY)
    if field is None:
        return None
    values = json.loads(str(field.contents()))
    return ModelCard(**{**values, "data_licences": tuple(values["data_licences"])})


def _write_card(writer: gguf.GGUFWriter, card: ModelCard) -> None:
    writer.add_type("model")
    writer.add_name(card.name)
    writer.add_license(card.licence)
    writer.add_description(card.description)
    writer.add_languages(["en"])
    writer.add_tags(["code", "fill-in-the-middle", "python", "javascript", "typescript"])
    writer.add_string(_CARD_KEY, json.dumps(asdict(card), sort_keys=True))


def _write_shape(writer: gguf.GGUFWriter, shape: Shape, context_length: int) -> None:
    writer.add_context_length(context_length)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.vocabulary)


def _write_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    n_special = len(SPELLINGS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types(
        [
            gguf.TokenType.CONTROL if number < n_special else gguf.TokenType.NORMAL
            for number in range(len(vocabulary.tokens))
        ]
    )
    writer.add_token_merges(list(vocabulary.merges))
    for add in (writer.add_bos_token_id, writer.add_eos_token_id, writer.add_eot_token_id):
        add(int(Special.END))
    writer.add_pad_token_id(int(Special.PAD))
    for leave_out in (writer.add_add_bos_token, writer.add_add_eos_token, writer.add_add_space_prefix):
        leave_out(False)
    for key, special in _FIM_KEYS.items():
        writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", int(special))


def _read_shape(reader: gguf.GGUFReader, path: Path) -> Shape:
    keys = {
        "width": "embedding_length", "layers": "block_count", "heads": "attention.head_count",
        "kv_heads": "attention.head_count_kv", "feed_forward": "feed_forward_length", "vocabulary": "vocab_size",
        "head_width": "attention.key_length", "rope_base": "rope.freq_base",
        "epsilon": "attention.layer_norm_rms_epsilon",
    }  # fmt: skip
    values: dict[str, Any] = {}
    for name, key in keys.items():
        field = reader.get_field(f"{_ARCHITECTURE}.{key}")
        if field is None:
            raise TrainingError(f"{path.name} is no model of this recipe: it does not say {_ARCHITECTURE}.{key}.")
        value = field.contents()
        # The file holds single precision, in which 1e-5 is 9.999999747378752e-06.
        values[name] = float(f"{value:.7g}") if isinstance(value, float) else value
    return Shape(**values)


def _strings(reader: gguf.GGUFReader, key: str) -> list[str]:
    field = reader.get_field(key)
    return [str(value) for value in field.contents()] if field is not None else []
