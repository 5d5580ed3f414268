"""Whatever a header says, a plan fits or refuses, and asks for no more than was wanted (I7, I12)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pylot.engine.devices import Device
from pylot.engine.gguf_header import GgufHeader
from pylot.engine.gguf_tensors import WeightBytes
from pylot.engine.resources import SAFETY, LoadOptions, estimate, plan_load, reductions

NUMBERS = st.integers(-(2**31), 2**32)
KEYS = (
    "block_count",
    "embedding_length",
    "feed_forward_length",
    "context_length",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
)
HEADERS = st.builds(
    lambda values, size: GgufHeader(
        path=Path("any.gguf"),
        file_bytes=size,
        values={"general.architecture": "any", **{f"any.{key}": value for key, value in values.items()}},
        n_vocab=1000,
        weights=WeightBytes({"Q4_K": size}, {"Q4_K": size // 2}),
    ),
    st.dictionaries(st.sampled_from(KEYS), NUMBERS),
    st.integers(0, 2**42),
)
OPTIONS = st.builds(
    LoadOptions,
    st.integers(256, 1 << 20),
    st.sampled_from(("f16", "q8_0")),
    st.booleans(),
    st.integers(-2, 200),
)
GPUS = st.lists(
    st.builds(
        Device,
        st.just("CUDA0"),
        st.just("a card"),
        st.sampled_from(("CUDA", "MTL")),
        st.sampled_from(("gpu", "igpu")),
        st.integers(0, 2**38),
        st.integers(2**38, 2**39),
    ),
    max_size=3,
)


@given(HEADERS, OPTIONS, st.integers(0, 2**40), GPUS)
def test_a_plan_fits_or_refuses(header: GgufHeader, wanted: LoadOptions, free: int, gpus: list[Device]) -> None:
    plan = plan_load(header, wanted, free, gpus=gpus)
    needed = estimate(header, plan.options, len(gpus))
    shared = any(gpu.shares_main_memory for gpu in gpus)
    decided = replace(wanted, n_gpu_layers=plan.options.n_gpu_layers)
    reduced = plan.options != decided and plan.options.n_ctx != 4 * header.context_length

    assert plan.need == needed.total + (needed.device if shared else 0)
    assert bool(plan.refusal) == (plan.need > free * SAFETY)
    assert plan.options.n_ctx <= wanted.n_ctx
    assert plan.steps or plan.refusal or not reduced
    assert 0 <= plan.options.n_gpu_layers
    assert needed.device <= sum(gpu.free_bytes for gpu in gpus) * SAFETY
    assert all("\n" not in text for text in (*plan.steps, plan.refusal))


@given(OPTIONS)
def test_reductions_begin_with_what_was_wanted_and_come_once(wanted: LoadOptions) -> None:
    steps = list(reductions(wanted))

    assert steps[0] == wanted
    assert len(steps) == len(set(steps)) <= 3 * 11
    assert {step.n_gpu_layers for step in steps} == {wanted.n_gpu_layers}
