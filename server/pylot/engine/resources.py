"""Estimate what a model needs, and fit it into what the machine has (requirements I4, I7, I10-I12).

The constants were fitted to the peak memory of engine processes; docs/performance.md compares both.
"""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pylot.engine.devices import Device
from pylot.engine.gguf_header import GgufHeader
from pylot.engine.offloading import (
    ALL_LAYERS,
    AUTO_LAYERS,
    device_bytes,
    layer_count,
    offload,
    offloaded_layers,
    room_on,
)
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
    """What decides how much memory a model takes; the context is shared by all sequences.

    `n_gpu_layers` may be `ALL_LAYERS` or `AUTO_LAYERS` of `offloading.py` until a plan has decided.
    """

    n_ctx: int
    kv_type: KvType = "f16"
    repack: bool = True
    n_gpu_layers: int = 0


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of main memory that an engine process is expected to take at its peak, and of GPU memory (`device`)."""

    weights: int
    repacked: int
    kv_cache: int
    compute: int
    process: int
    device: int = 0

    @property
    def total(self) -> int:
        """All of main memory, in bytes."""
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


def estimate(header: GgufHeader, options: LoadOptions, n_gpus: int = 1) -> MemoryEstimate:
    """Estimate the peak memory of an engine with this model, whose offloaded layers are spread over so many GPUs."""
    there = offload(header, options.n_gpu_layers)
    here = 1 - offloaded_layers(header, options.n_gpu_layers) / layer_count(header)
    repacked = sum(header.weights.matrices.get(kind, 0) for kind in _repacked_types()) if options.repack else 0
    width = header.embedding_length
    inner = header.integer(f"{header.architecture}.feed_forward_length", 4 * width)
    activations = 4 * UBATCH * (3 * inner + 4 * width)
    logits = 4 * N_SEQUENCES * header.n_vocab
    mask = 2 * UBATCH * options.n_ctx
    kv_cache = round(options.n_ctx * header.kv_numbers_per_token() * _KV_BYTES[options.kv_type])
    compute = activations + logits + mask
    return MemoryEstimate(
        weights=max(0, header.file_bytes - there.weights_gone),
        repacked=round(repacked * here),
        kv_cache=round(kv_cache * (1 - there.share_of_layers)),
        compute=compute,
        process=_PROCESS_BYTES + _VOCABULARY_BYTES_PER_TOKEN * header.n_vocab,
        device=device_bytes(there, kv_cache, compute + 4 * UBATCH * header.n_vocab, n_gpus),
    )


def plan_load(
    header: GgufHeader,
    wanted: LoadOptions,
    free_bytes: int,
    *,
    gpus: Sequence[Device] = (),
    measured: Measured = lambda _: None,
    smaller: Smaller = lambda _need, _room: "",
) -> LoadPlan:
    """Return the first way to load a model that fits into free memory (requirements I7, I12).

    As many layers go to the GPUs as were wanted and fit there; what stays must fit into main memory.
    For that the context is halved first, then its cache kept in 8 bits, then the second copy of 4-bit weights left out.
    More context than all sequences can fill is never taken.
    `measured` tells the peak of an earlier run with the same options, which then counts instead of the estimate.
    `smaller` names a configured model that needs less than so much and fits into so much, for the refusal.
    """
    room = free_bytes * SAFETY
    if header.context_length > 0:
        wanted = replace(wanted, n_ctx=min(wanted.n_ctx, N_SEQUENCES * header.context_length))
    shared = any(gpu.shares_main_memory for gpu in gpus)

    def need(options: LoadOptions) -> int:
        needed = estimate(header, options, len(gpus))
        return (measured(options) or needed.total) + (needed.device if shared else 0)

    most = offloaded_layers(header, ALL_LAYERS if wanted.n_gpu_layers == AUTO_LAYERS else wanted.n_gpu_layers)
    least, n_reductions = wanted, 0
    for n_reductions, reduced in enumerate(reductions(wanted)):
        least = options = _offload_what_fits(header, replace(reduced, n_gpu_layers=most), gpus)
        if (needed := need(options)) <= room:
            here = replace(wanted, n_gpu_layers=options.n_gpu_layers)
            why = f"{header.name} needs about {_gigabytes(need(here))} of memory and {_gigabytes(free_bytes)} are free"
            steps = (*_describe_offload(header, wanted, options, gpus), *describe_steps(why, here, options))
            is_split = bool(gpus) and options.n_gpu_layers < most
            return LoadPlan(options, needed, steps, n_reductions=n_reductions + is_split)
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


def attempts(planned: LoadOptions) -> Iterator[LoadOptions]:
    """Yield a plan, then what to try when it fails all the same: fewer layers on the GPU, none, then reductions."""
    if planned.n_gpu_layers > 0:
        yield planned
        if planned.n_gpu_layers > 1:
            yield replace(planned, n_gpu_layers=planned.n_gpu_layers // 2)
    yield from reductions(replace(planned, n_gpu_layers=0))


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
    if got.n_gpu_layers != wanted.n_gpu_layers:
        steps.append(_describe_layers(why, wanted.n_gpu_layers, got.n_gpu_layers))
    if got.n_ctx != wanted.n_ctx:
        steps.append(f"{why}: its context is cut from {wanted.n_ctx} to {got.n_ctx} tokens.")
    if got.kv_type != wanted.kv_type:
        steps.append(f"{why}: its context is kept in 8 bits, which makes long prompts slower.")
    if got.repack != wanted.repack:
        steps.append(f"{why}: there is no second copy of its weights, which makes it write slower.")
    return tuple(steps)


def _offload_what_fits(header: GgufHeader, options: LoadOptions, gpus: Sequence[Device]) -> LoadOptions:
    """Return the options with as many of their offloaded layers as fit on the GPUs."""
    room = room_on(gpus, SAFETY)

    def excess(n_layers: int) -> bool:
        return estimate(header, replace(options, n_gpu_layers=n_layers), len(gpus)).device > room

    # More layers never take less, so the first number that is too many can be searched for.
    too_many = bisect_left(range(options.n_gpu_layers + 1), True, key=excess) if gpus else 1
    return replace(options, n_gpu_layers=max(0, too_many - 1))


def _describe_offload(
    header: GgufHeader, wanted: LoadOptions, got: LoadOptions, gpus: Sequence[Device]
) -> tuple[str, ...]:
    n_wanted = offloaded_layers(header, wanted.n_gpu_layers)
    if got.n_gpu_layers >= n_wanted:
        return ()
    if not gpus:
        return (f"There is no GPU that llama.cpp could use here, so {header.name} runs on the processor alone.",)
    needed = estimate(header, replace(got, n_gpu_layers=n_wanted), len(gpus)).device
    free = sum(gpu.free_bytes for gpu in gpus)
    why = f"{header.name} needs about {_gigabytes(needed)} of GPU memory and {_gigabytes(free)} are free"
    return (_describe_layers(why, n_wanted, got.n_gpu_layers),)


def _describe_layers(why: str, n_wanted: int, n_layers: int) -> str:
    if not n_layers:
        return f"{why}: it runs on the processor alone."
    return f"{why}: {n_layers} of {n_wanted} layers are put on the GPU."


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB"


def _repacked_types() -> frozenset[str]:
    """Return the types whose matrices llama.cpp keeps a second time, in the order of this processor's kernels."""
    return _ARM_REPACKED if platform.machine().lower() in ("arm64", "aarch64") else _X86_REPACKED
