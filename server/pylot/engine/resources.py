"""Estimate what a model needs, and fit it into what the machine has (requirements I4, I7, I10-I12).

The constants were fitted to the peak memory of engine processes; docs/performance.md compares both.
Memory of a GPU is not measured: layers that are put there are taken to fit.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pylot.engine.gguf_header import GgufHeader
from pylot.kernel.errors import ModelTooLargeError

KvType = Literal["f16", "q8_0"]

SAFETY = 0.85
UBATCH = 128
N_SEQUENCES = 4
_LEAST_CONTEXT = 2048
_CLEARLY_LESS = 0.9
_KV_BYTES: Mapping[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32}
_PROCESS_BYTES = 50 << 20
_VOCABULARY_BYTES_PER_TOKEN = 310
_X86_REPACKED = frozenset({"Q4_0", "Q4_K", "IQ4_NL", "MXFP4"})
_ARM_REPACKED = _X86_REPACKED | {"Q5_K", "Q6_K", "Q8_0"}


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What decides how much memory a model takes; the context is shared by all sequences."""

    n_ctx: int
    kv_type: KvType = "f16"
    repack: bool = True
    n_gpu_layers: int = 0


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of main memory that an engine process is expected to take at its peak."""

    weights: int
    repacked: int
    kv_cache: int
    compute: int
    process: int

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return self.weights + self.repacked + self.kv_cache + self.compute + self.process


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How to load a model; `steps` says in one sentence each what had to be reduced, `refusal` why it cannot be.

    `n_reductions` counts how far it is from what was wanted, 0 when nothing had to be reduced.
    """

    options: LoadOptions
    need: int
    steps: tuple[str, ...] = ()
    refusal: str = ""
    n_reductions: int = 0


Measured = Callable[[LoadOptions], int | None]
Smaller = Callable[[int, float], str]


def estimate(header: GgufHeader, options: LoadOptions) -> MemoryEstimate:
    """Estimate the peak memory of an engine with this model."""
    n_layers = max(0, header.integer(f"{header.architecture}.block_count"))
    n_offloaded = n_layers + 1 if options.n_gpu_layers < 0 else min(options.n_gpu_layers, n_layers + 1)
    here = 1 - n_offloaded / (n_layers + 1)
    repacked = sum(header.weights.matrices.get(kind, 0) for kind in _repacked_types()) if options.repack else 0
    width = header.embedding_length
    inner = header.integer(f"{header.architecture}.feed_forward_length", 4 * width)
    activations = 4 * UBATCH * (3 * inner + 4 * width)
    logits = 4 * N_SEQUENCES * header.n_vocab
    mask = 2 * UBATCH * options.n_ctx
    return MemoryEstimate(
        weights=round(header.file_bytes * here),
        repacked=round(repacked * here),
        kv_cache=round(options.n_ctx * header.kv_numbers_per_token() * _KV_BYTES[options.kv_type] * here),
        compute=activations + logits + mask,
        process=_PROCESS_BYTES + _VOCABULARY_BYTES_PER_TOKEN * header.n_vocab,
    )


def plan_load(
    header: GgufHeader,
    wanted: LoadOptions,
    free_bytes: int,
    *,
    measured: Measured = lambda _: None,
    smaller: Smaller = lambda _need, _room: "",
) -> LoadPlan:
    """Return the first way to load a model that fits into free memory (requirements I7, I12).

    The context is halved first, then its cache kept in 8 bits, then the second copy of 4-bit weights left out.
    More context than all sequences can fill is never taken.
    `measured` tells the peak of an earlier run with the same options, which then counts instead of the estimate.
    `smaller` names a configured model that needs less than so much and fits into so much, for the refusal.
    """
    room = free_bytes * SAFETY
    if header.context_length > 0:
        wanted = replace(wanted, n_ctx=min(wanted.n_ctx, N_SEQUENCES * header.context_length))

    def need(options: LoadOptions) -> int:
        return measured(options) or estimate(header, options).total

    least, n_reductions = wanted, 0
    for n_reductions, options in enumerate(reductions(wanted)):
        least = options
        if (needed := need(options)) <= room:
            wanted_bytes = _gigabytes(need(wanted))
            why = f"{header.name} needs about {wanted_bytes} of memory and {_gigabytes(free_bytes)} are free"
            return LoadPlan(options, needed, describe_steps(why, wanted, options), n_reductions=n_reductions)
    other = smaller(need(least), room)
    advice = f"use {other}, which would fit" if other else "choose a smaller model"
    refusal = (
        f"{header.name} needs about {_gigabytes(need(least))} of memory with the shortest context, and "
        f"{_gigabytes(free_bytes)} are free, of which Pylot uses {SAFETY:.0%} at most: close something, or {advice}."
    )
    return LoadPlan(least, need(least), refusal=refusal, n_reductions=n_reductions + 1)


def require_fit(plan: LoadPlan) -> LoadPlan:
    """Return the plan, or raise `ModelTooLargeError` with its refusal."""
    if plan.refusal:
        raise ModelTooLargeError(plan.refusal)
    return plan


def reductions(wanted: LoadOptions) -> Iterator[LoadOptions]:
    """Yield what was wanted, then what takes less and less memory."""
    contexts = [wanted.n_ctx]
    while contexts[-1] > _LEAST_CONTEXT:
        contexts.append(max(_LEAST_CONTEXT, contexts[-1] // 2))
    variants = [wanted, replace(wanted, kv_type="q8_0"), replace(wanted, kv_type="q8_0", repack=False)]
    for variant in dict.fromkeys(variants):
        for n_ctx in contexts:
            yield replace(variant, n_ctx=n_ctx)


def step_down(header: GgufHeader, options: LoadOptions, n_steps: int) -> LoadOptions:
    """Return options that take clearly less memory, once per step, or the least there are."""
    for _ in range(n_steps):
        limit = estimate(header, options).total * _CLEARLY_LESS
        least = options
        for least in reductions(options):
            if estimate(header, least).total <= limit:
                break
        options = least
    return options


def describe_steps(why: str, wanted: LoadOptions, got: LoadOptions) -> tuple[str, ...]:
    """Return one sentence for each thing that was reduced; `why` is the beginning of all of them."""
    steps = []
    if got.n_ctx != wanted.n_ctx:
        steps.append(f"{why}: its context is cut from {wanted.n_ctx} to {got.n_ctx} tokens.")
    if got.kv_type != wanted.kv_type:
        steps.append(f"{why}: its context is kept in 8 bits, which makes long prompts slower.")
    if got.repack != wanted.repack:
        steps.append(f"{why}: there is no second copy of its weights, which makes it write slower.")
    return tuple(steps)


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB"


def _repacked_types() -> frozenset[str]:
    """Return the types whose matrices llama.cpp keeps a second time, in the order of this processor's kernels."""
    return _ARM_REPACKED if platform.machine().lower() in ("arm64", "aarch64") else _X86_REPACKED
