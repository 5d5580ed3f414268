"""The network: llama's architecture, so that llama.cpp runs it as it is.

RMSNorm before each part, rotary positions on interleaved pairs (llama.cpp's own order, so nothing is permuted at
export), grouped-query attention, SwiGLU, embeddings tied to the output (Touvron et al. 2023, arXiv:2302.13971).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.shape import Shape

_INITIAL_STD = 0.02


class RMSNorm(nn.Module):
    """Scale vectors to a mean square of one, then by learnt weights."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self._epsilon = epsilon

    def forward(self, values: Tensor) -> Tensor:
        """Return values of the same shape."""
        return functional.rms_norm(values, (values.size(-1),), self.weight.to(values.dtype), self._epsilon)


class Layer(nn.Module):
    """Attention, then a feed-forward part, each added to what comes in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._shape = shape
        width, kv_width = shape.width, shape.kv_heads * shape.head_width
        self.attn_norm = RMSNorm(width, shape.epsilon)
        self.attn_q = nn.Linear(width, shape.heads * shape.head_width, bias=False)
        self.attn_k = nn.Linear(width, kv_width, bias=False)
        self.attn_v = nn.Linear(width, kv_width, bias=False)
        self.attn_output = nn.Linear(shape.heads * shape.head_width, width, bias=False)
        self.ffn_norm = RMSNorm(width, shape.epsilon)
        self.ffn_gate = nn.Linear(width, shape.feed_forward, bias=False)
        self.ffn_up = nn.Linear(width, shape.feed_forward, bias=False)
        self.ffn_down = nn.Linear(shape.feed_forward, width, bias=False)

    def forward(self, values: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Return values of shape (batch, tokens, width)."""
        values = values + self._attention(self.attn_norm(values), cosines, sines)
        hidden = self.ffn_norm(values)
        return values + self.ffn_down(functional.silu(self.ffn_gate(hidden)) * self.ffn_up(hidden))

    def _attention(self, values: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        shape = self._shape
        queries = _rotated(self._heads(self.attn_q(values)), cosines, sines)
        keys = _rotated(self._heads(self.attn_k(values)), cosines, sines)
        n_shared = shape.heads // shape.kv_heads
        keys = keys.repeat_interleave(n_shared, 1)
        shown = self._heads(self.attn_v(values)).repeat_interleave(n_shared, 1)
        attended = functional.scaled_dot_product_attention(queries, keys, shown, is_causal=True)
        output: Tensor = self.attn_output(attended.transpose(1, 2).flatten(2))
        return output

    def _heads(self, values: Tensor) -> Tensor:
        return values.unflatten(2, (-1, self._shape.head_width)).transpose(1, 2)


class CodeModel(nn.Module):
    """Predicts the next token at every place; parameters carry the names of GGUF's tensors."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = RMSNorm(shape.width, shape.epsilon)
        self._initialise()

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits (batch, tokens, vocabulary) for ids (batch, tokens)."""
        values = self.token_embd(tokens)
        if torch.is_autocast_enabled(tokens.device.type):
            values = values.to(torch.get_autocast_dtype(tokens.device.type))
        cosines, sines = rotations(self.shape, tokens.size(1), values)
        for layer in self.blk:
            values = layer(values, cosines, sines)
        return functional.linear(self.output_norm(values), self.token_embd.weight)

    def hidden_matrices(self) -> list[nn.Parameter]:
        """Return the matrices of the layers: what Muon is made for."""
        return [parameter for parameter in self.blk.parameters() if parameter.dim() == 2]

    def other_parameters(self) -> list[nn.Parameter]:
        """Return the embedding and the norms."""
        hidden = set(map(id, self.hidden_matrices()))
        return [parameter for parameter in self.parameters() if id(parameter) not in hidden]

    def _initialise(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=_INITIAL_STD)
        # A layer that adds nothing at first lets the gradients through to all of them.
        for layer in self.blk:
            assert isinstance(layer, Layer)
            nn.init.zeros_(layer.attn_output.weight)
            nn.init.zeros_(layer.ffn_down.weight)


def rotations(shape: Shape, n_tokens: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return cosines and sines (tokens, head_width / 2) of the rotary embedding, in the type of `like`."""
    exponents = torch.arange(0, shape.head_width, 2, device=like.device).float() / shape.head_width
    angles = torch.outer(torch.arange(n_tokens, device=like.device).float(), shape.rope_base**-exponents)
    return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def _rotated(values: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    even, odd = values[..., 0::2], values[..., 1::2]
    return torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), -1).flatten(-2)
