"""How many layers go to which GPU is decided before anything is loaded there (I5, I7, I10, I12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.engine import devices, process
from pylot.engine.devices import BuildFacts, Device, gpu_backends, probe_build
from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.engine.offloading import ALL_LAYERS, AUTO_LAYERS, emptied
from pylot.engine.process import EngineOptions
from pylot.engine.resources import SAFETY, LoadOptions, LoadPlan, attempts, estimate, plan_load
from pylot.kernel.errors import ModelFileError
from tests.support.synthetic_gguf import Tensor, write_synthetic_gguf

FACTS = {"block_count": 28, "embedding_length": 3584, "feed_forward_length": 18944, "attention.head_count": 28}
TABLE, OUTPUT = Tensor("token_embd.weight", (3584, 32000)), Tensor("output.weight", (3584, 32000), "Q8_0")
LAYERS = [Tensor(f"blk.{n}.ffn_up.weight", (3584, 18944 * 3)) for n in range(28)]
GB = 1_000_000_000


def card(free: int, total: int = 80 * GB, *, backend: str = "CUDA", kind: str = "gpu") -> Device:
    return Device("GPU0", "a card", backend, kind, free, total)


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> GgufHeader:
    path = tmp_path_factory.mktemp("synthetic") / "seven.gguf"
    return read_header(write_synthetic_gguf(path, [TABLE, OUTPUT, *LAYERS], FACTS, name="Seven"))


def needed_on_card(header: GgufHeader, n_layers: int) -> int:
    """Return how much must be free on a card for so many layers."""
    return round(estimate(header, LoadOptions(4096, n_gpu_layers=n_layers)).device / SAFETY) + 1


def test_the_output_goes_first_then_the_last_layers_with_their_cache(seven: GgufHeader) -> None:
    by_layers = [estimate(seven, LoadOptions(4096, n_gpu_layers=n)) for n in range(30)]
    kv = by_layers[0].kv_cache // 28

    assert (by_layers[0].device, by_layers[0].weights) == (0, seven.file_bytes)
    assert by_layers[0].weights - by_layers[1].weights == OUTPUT.n_bytes
    assert by_layers[2].device - by_layers[1].device == pytest.approx(LAYERS[0].n_bytes + kv, abs=2)
    assert by_layers[29].kv_cache == 0
    assert by_layers[29] == estimate(seven, LoadOptions(4096, n_gpu_layers=ALL_LAYERS))


def test_a_tied_output_is_copied(tmp_path: Path) -> None:
    header = read_header(write_synthetic_gguf(tmp_path / "tied.gguf", [TABLE, *LAYERS], FACTS))
    there = estimate(header, LoadOptions(4096, n_gpu_layers=1))

    assert there.weights == header.file_bytes
    assert there.device > TABLE.n_bytes


@pytest.mark.parametrize(
    ("wanted", "layers_free", "got", "said"),
    [
        (AUTO_LAYERS, None, 0, ""),
        (AUTO_LAYERS, 29, 29, ""),
        (AUTO_LAYERS, 12, 12, ""),
        (AUTO_LAYERS, 0, 0, ""),
        (ALL_LAYERS, None, 0, "no GPU that llama.cpp could use here, so Seven runs on the processor alone."),
        (ALL_LAYERS, 29, 29, ""),
        (ALL_LAYERS, 12, 12, "are free: 12 of 29 layers are put on the GPU."),
        (20, 29, 20, ""),
        (20, 12, 12, "are free: 12 of 20 layers are put on the GPU."),
        (20, 0, 0, "are free: it runs on the processor alone."),
        (0, 29, 0, ""),
    ],
)
def test_as_many_layers_as_fit(seven: GgufHeader, wanted: int, layers_free: int | None, got: int, said: str) -> None:
    free = needed_on_card(seven, layers_free) if layers_free else GB // 10
    gpus = [] if layers_free is None else [card(free)]
    plan = plan_load(seven, LoadOptions(4096, n_gpu_layers=wanted), 60 * GB, gpus=gpus)

    assert (plan.options, plan.refusal) == (LoadOptions(4096, n_gpu_layers=got), "")
    assert len(plan.steps) == bool(said)
    assert all(step.endswith(said) for step in plan.steps)
    assert plan.n_reductions == int(bool(gpus) and got < (29 if wanted < 0 else wanted))


def test_a_model_too_large_for_main_memory_runs_on_the_card(seven: GgufHeader) -> None:
    wanted = LoadOptions(4096, n_gpu_layers=AUTO_LAYERS)

    assert plan_load(seven, wanted, 2 * GB).refusal
    assert not plan_load(seven, wanted, 2 * GB, gpus=[card(70 * GB)]).refusal


@pytest.mark.parametrize("gpu", [card(70 * GB, kind="igpu"), card(70 * GB, backend="MTL")])
def test_a_gpu_without_memory_of_its_own_adds_none(seven: GgufHeader, gpu: Device) -> None:
    assert plan_load(seven, LoadOptions(4096, n_gpu_layers=AUTO_LAYERS), 2 * GB, gpus=[gpu]).refusal


def test_another_model_on_the_card_is_a_reason_to_unload_it(seven: GgufHeader) -> None:
    busy, wanted = [card(2 * GB)], LoadOptions(4096, n_gpu_layers=AUTO_LAYERS)

    assert plan_load(seven, wanted, 60 * GB, gpus=busy).n_reductions == 1
    assert plan_load(seven, wanted, 60 * GB, gpus=emptied(busy)).n_reductions == 0


def test_what_fails_on_the_card_is_tried_with_fewer_layers_then_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_options: EngineOptions, wanted: LoadOptions, notes: list[str]) -> list[str]:
        if wanted.n_gpu_layers:
            raise ModelFileError("llama.cpp cannot load a.gguf.")
        return notes

    monkeypatch.setattr(process, "_load", load)
    plan = LoadPlan(LoadOptions(4096, n_gpu_layers=20), need=1)
    said, loaded = process._load_in_steps(EngineOptions(Path("a.gguf")), plan)

    assert [options.n_gpu_layers for options in attempts(plan.options)][:3] == [20, 10, 0]
    assert loaded == LoadOptions(4096)
    assert list(said) == ["llama.cpp cannot load a.gguf: it runs on the processor alone."]


def test_a_damaged_file_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def load(_options: EngineOptions, wanted: LoadOptions, _notes: list[str]) -> None:
        tried.append(wanted)
        raise ModelFileError("damaged")

    monkeypatch.setattr(process, "_load", load)
    with pytest.raises(ModelFileError):
        process._load_in_steps(EngineOptions(Path("a.gguf")), LoadPlan(LoadOptions(4096), need=1))

    assert len(tried) == 1


@pytest.mark.parametrize(
    ("files", "backends"),
    [
        ([], []),
        (["libggml-base.so", "libggml-cpu.so", "libggml.so"], []),
        (["libggml-cuda.so.0.25.3", "libggml-vulkan.so"], ["cuda", "vulkan"]),
        (["ggml-hip.dll"], ["hip"]),
        (["libggml-metal.dylib"], ["metal"]),
    ],
)
def test_the_backends_of_a_build_are_read_from_its_folder(
    tmp_path: Path, files: list[str], backends: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in files:
        (tmp_path / name).touch()
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(tmp_path))

    assert gpu_backends() == backends


def test_a_build_without_a_gpu_is_not_even_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "gpu_backends", list)
    monkeypatch.setattr(devices, "probe_build", lambda: pytest.fail("it was started"))

    assert devices.find_gpus() == ()


def test_the_real_build_tells_of_its_processor() -> None:
    build = probe_build()

    assert build is not None
    assert "CPU" in build.features
    assert [device.kind for device in build.devices][-1] == "cpu"
    assert BuildFacts.from_json(build.to_json()) == build
