"""What a model needs is known from its header, and a plan is made before memory is touched (I4, I7, I10-I12)."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from pylot.engine import resources
from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.engine.resources import LoadOptions, estimate, plan_load, reductions, require_fit
from pylot.kernel.errors import ModelTooLargeError
from tests.support.synthetic_gguf import Tensor, write_synthetic_gguf

SEVEN_B = {
    "block_count": 28,
    "embedding_length": 3584,
    "feed_forward_length": 18944,
    "attention.head_count": 28,
    "attention.head_count_kv": 4,
}
WEIGHTS = (
    Tensor("token_embd.weight", (3584, 152064)),
    Tensor("output.weight", (3584, 152064), "Q8_0"),
    *(Tensor(f"blk.{n}.ffn_up.weight", (3584, 18944 * 3)) for n in range(28)),
    Tensor("output_norm.weight", (3584,), "F32"),
)
GB = 1_000_000_000
ALL = LoadOptions(32768)


def _share(n_layers: int, *, output: int) -> float:
    """Return how much of all weights the table, so many layers and the output are."""
    table, last, layer = WEIGHTS[0].n_bytes, WEIGHTS[1].n_bytes, WEIGHTS[2].n_bytes
    return (table + n_layers * layer + output * last) / (table + 28 * layer + last)


@pytest.fixture(autouse=True)
def on_x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> GgufHeader:
    path = tmp_path_factory.mktemp("synthetic") / "seven.gguf"
    return read_header(write_synthetic_gguf(path, WEIGHTS, SEVEN_B, name="Seven", n_vocab=152064))


def test_each_part_of_the_estimate(seven: GgufHeader) -> None:
    need = estimate(seven, LoadOptions(4096))
    matrices = sum(tensor.n_bytes for tensor in WEIGHTS if tensor.kind == "Q4_K" and tensor.name.startswith("blk"))

    assert need.weights == seven.file_bytes
    # The table is looked up in, and the output's type has no faster form here.
    assert need.repacked == matrices
    assert need.kv_cache == 4096 * 28 * 4 * (128 + 128) * 2
    assert 30 << 20 < need.compute < 60 << 20
    assert need.process > 152064 * 300
    assert need.total == need.weights + need.repacked + need.kv_cache + need.compute + need.process


@pytest.mark.parametrize(
    ("options", "change"),
    [
        (LoadOptions(8192), {"kv_cache": 2.0}),
        (LoadOptions(4096, kv_type="q8_0"), {"kv_cache": 34 / 64}),
        (LoadOptions(4096, repack=False), {"repacked": 0.0}),
        # The table stays here; the output goes first, then the layers from the last one on.
        (LoadOptions(4096, n_gpu_layers=-1), {"weights": _share(0, output=0), "repacked": 0.0, "kv_cache": 0.0}),
        (
            LoadOptions(4096, n_gpu_layers=15),
            {"weights": _share(14, output=0), "repacked": 14 / 29, "kv_cache": 14 / 28},
        ),
    ],
)
def test_what_an_option_changes(seven: GgufHeader, options: LoadOptions, change: dict[str, float]) -> None:
    before, after = estimate(seven, LoadOptions(4096)), estimate(seven, options)
    for part in ("weights", "repacked", "kv_cache"):
        assert getattr(after, part) == pytest.approx(getattr(before, part) * change.get(part, 1.0), rel=1e-2)


def test_arm_keeps_more_types_twice(seven: GgufHeader, monkeypatch: pytest.MonkeyPatch) -> None:
    on_x86 = estimate(seven, LoadOptions(4096)).repacked
    monkeypatch.setattr(platform, "machine", lambda: "arm64")

    assert estimate(seven, LoadOptions(4096)).repacked > on_x86


def test_a_7b_model_in_4_bits_runs_in_16_gb(seven: GgufHeader) -> None:
    plan = plan_load(seven, LoadOptions(4096), 15 * GB)

    assert (plan.options, plan.steps, plan.refusal) == (LoadOptions(4096), (), "")


def test_no_more_context_than_can_be_filled(tmp_path: Path) -> None:
    tensors = [Tensor("token_embd.weight", (256, 1024))]
    header = read_header(write_synthetic_gguf(tmp_path / "a.gguf", tensors, {**SEVEN_B, "context_length": 1024}))
    plan = plan_load(header, LoadOptions(1_000_000_000), 15 * GB)

    assert (plan.options.n_ctx, plan.steps) == (4 * 1024, ())


def test_the_order_of_reductions() -> None:
    assert list(reductions(LoadOptions(5000))) == [
        LoadOptions(5000),
        LoadOptions(2500),
        LoadOptions(2048),
        LoadOptions(5000, "q8_0"),
        LoadOptions(2500, "q8_0"),
        LoadOptions(2048, "q8_0"),
        LoadOptions(5000, "q8_0", repack=False),
        LoadOptions(2500, "q8_0", repack=False),
        LoadOptions(2048, "q8_0", repack=False),
    ]
    assert list(reductions(LoadOptions(512, "q8_0", repack=False))) == [LoadOptions(512, "q8_0", repack=False)]


@pytest.mark.parametrize(
    ("spare", "options", "words"),
    [
        (LoadOptions(32768), LoadOptions(32768), []),
        (LoadOptions(9000), LoadOptions(8192), ["context is cut from 32768 to 8192"]),
        (LoadOptions(2048, "q8_0"), LoadOptions(2048, "q8_0"), ["cut from 32768 to 2048", "in 8 bits"]),
        (
            LoadOptions(20000, "q8_0", repack=False),
            LoadOptions(16384, "q8_0", repack=False),
            ["cut from 32768 to 16384", "in 8 bits", "no second copy"],
        ),
    ],
)
def test_each_step_is_said_in_one_sentence(
    seven: GgufHeader, spare: LoadOptions, options: LoadOptions, words: list[str]
) -> None:
    """`spare` names how much is free: what a model with these options takes."""
    plan = plan_load(seven, ALL, round(estimate(seven, spare).total / resources.SAFETY) + 1)

    assert (plan.options, plan.refusal) == (options, "")
    assert len(plan.steps) == len(words)
    assert all(
        word in step and step.startswith("Seven needs about") for step, word in zip(plan.steps, words, strict=True)
    )


@pytest.mark.parametrize(
    ("smaller", "advice"), [("", "choose a smaller model"), ("small", "use small, which would fit")]
)
def test_what_never_fits_is_refused_in_one_sentence(seven: GgufHeader, smaller: str, advice: str) -> None:
    plan = plan_load(seven, ALL, 2 * GB, smaller=lambda need, room: smaller if room < need else "")

    with pytest.raises(ModelTooLargeError, match=rf"^Seven needs about .* 2\.0 GB are free.*{advice}\.$"):
        require_fit(plan)
    assert plan.steps == ()


def test_a_measured_peak_counts_instead_of_the_estimate(seven: GgufHeader) -> None:
    known = {LoadOptions(32768): 20 * GB, LoadOptions(16384): 9 * GB}
    plan = plan_load(seven, ALL, 12 * GB, measured=known.get)

    assert (plan.options, plan.need) == (LoadOptions(16384), 9 * GB)
    assert "20.0 GB" in plan.steps[0]


def test_the_file_is_not_touched_behind_its_header(seven: GgufHeader) -> None:
    """A sparse file of gigabytes has no blocks on disk, so nobody can have read or written them."""
    assert seven.path.stat().st_size > 4 * GB
    assert seven.path.stat().st_blocks * 512 < 8 << 20


def test_tied_weights_count_as_output(tmp_path: Path) -> None:
    table, body = Tensor("token_embd.weight", (256, 1024)), Tensor("blk.0.ffn_up.weight", (256, 512))
    tied = read_header(write_synthetic_gguf(tmp_path / "tied.gguf", [table, body], SEVEN_B))

    assert tied.weights.matrices == {"Q4_K": table.n_bytes + body.n_bytes}
    assert tied.weights.total == tied.weights.all["Q4_K"]
