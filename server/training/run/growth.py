"""Begin a larger model where a smaller one stands, so that what the smaller one has learnt is not paid for twice.

The grown model computes what the small one does, up to rounding: every feature is there several times, and what reads
it adds the copies up (Net2Net: Chen et al. 2015, arXiv:1511.05641; HyperCloning: Samragh et al. 2024,
arXiv:2409.12903). Noise that cancels between the copies lets them drift apart, and further layers add nothing at first.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.failure import TrainingError
from training.model import CodeModel
from training.shape import Shape

# Relative to the spread of the weights that are divided among copies.
_NOISE = 0.5


def grown(small: CodeModel, shape: Shape, *, seed: int) -> CodeModel:
    """Return a model of `shape` with the outputs of `small`; raises TrainingError where the shapes do not allow that.

    Width and heads have to be the same whole multiple; layers and feed-forward width may grow as they like.
    """
    copies = _copies(small.shape, shape)
    generator = torch.Generator().manual_seed(seed)
    width = torch.arange(shape.width) % small.shape.width
    queries = torch.arange(shape.heads * shape.head_width) % (small.shape.heads * shape.head_width)
    keys = torch.arange(shape.kv_heads * shape.head_width) % (small.shape.kv_heads * shape.head_width)
    hidden = torch.arange(shape.feed_forward) % small.shape.feed_forward
    sides = {
        "attn_q": (queries, width), "attn_k": (keys, width), "attn_v": (keys, width), "attn_output": (width, queries),
        "ffn_gate": (hidden, width), "ffn_up": (hidden, width), "ffn_down": (width, hidden),
    }  # fmt: skip
    weights, large = small.state_dict(), CodeModel(shape)
    values = {
        "token_embd.weight": weights["token_embd.weight"][:, width],
        "output_norm.weight": weights["output_norm.weight"][width] / copies,
    }
    taken = [place * small.shape.layers // shape.layers for place in range(shape.layers)]
    for place, layer in enumerate(taken):
        is_new = place > 0 and taken[place - 1] == layer
        for part in ("attn_norm", "ffn_norm"):
            values[f"blk.{place}.{part}.weight"] = weights[f"blk.{layer}.{part}.weight"][width]
        for part, (rows, columns) in sides.items():
            matrix = _spread(weights[f"blk.{layer}.{part}.weight"], rows, columns, generator)
            adds_nothing = is_new and part in ("attn_output", "ffn_down")
            values[f"blk.{place}.{part}.weight"] = torch.zeros_like(matrix) if adds_nothing else matrix
    large.load_state_dict(values)
    return large


def _copies(small: Shape, large: Shape) -> int:
    copies = large.width // small.width
    fits = (
        (large.width, large.heads, large.kv_heads)
        == (copies * small.width, copies * small.heads, copies * small.kv_heads)
        and large.layers >= small.layers
        and large.feed_forward >= small.feed_forward
        and (large.vocabulary, large.head_width) == (small.vocabulary, small.head_width)
    )
    if not fits:
        raise TrainingError(
            "A model grows to a whole multiple of its width and heads, and to no fewer layers; this one would not."
        )
    return copies


def _spread(matrix: Tensor, rows: Tensor, columns: Tensor, generator: torch.Generator) -> Tensor:
    """Return the matrix with rows and columns copied, each column divided by how often it is there."""
    counts = torch.bincount(columns, minlength=matrix.size(1)).float()
    spread = matrix[rows][:, columns] / counts[columns]
    noise = torch.randn(spread.shape, generator=generator) * spread.std() * _NOISE
    sums = torch.zeros(len(rows), matrix.size(1)).index_add_(1, columns, noise)
    return spread + noise - (sums / counts)[:, columns]
