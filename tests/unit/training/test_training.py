"""Training, resuming and exporting with the real libraries; skipped where the extra `training` is not installed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `training`")
pytest.importorskip("tokenizers", reason="needs the extra `training`")

from training.data.documents import Document
from training.export.card import make_card
from training.export.vocabulary import read_vocabulary, write_tokenizer
from training.export.weights import read_card, read_gguf, write_gguf
from training.failure import TrainingError
from training.paths import RunFolder, Workplace
from training.recipe import Recipe, read_recipe
from training.run.batches import Batches
from training.run.checkpoint import load_model
from training.run.processes import Processes
from training.run.trainer import RunOptions, Trainer
from training.schedule import Amount, Progress
from training.tokenizer import CodeTokenizer, train_tokenizer

HOSTILE = [
    "",
    "\r\n\t",
    "x = 'don''t'",
    "漢字 🙂‍↔️",
    "\x00\ufeff",
    "<|fim_prefix|>",
    "<|endoftext|>a<|file_sep|>",
    "1234",
]
SOURCE = Path(__file__).read_text(encoding="utf-8")


class Ticks:
    """A clock that moves on by a second whenever it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


def recipe() -> Recipe:
    tiny = read_recipe("smoke")
    shape = replace(tiny.shape, vocabulary=300, width=32, feed_forward=64, heads=1, head_width=32)
    return replace(tiny, shape=shape, window_tokens=32, batch_tokens=128, long_window_tokens=64, long_batch_tokens=128)


def windows(numbers: Sequence[int], n_tokens: int) -> list[list[int]]:
    return [[7 + (number * 31 + place * place) % 280 for place in range(n_tokens)] for number in numbers]


def trainer(folder: RunFolder, slice_seconds: float | None = None) -> Trainer:
    folder.root.mkdir(parents=True, exist_ok=True)
    options = RunOptions(folder, Amount("tokens", 1280), slice_seconds, report_seconds=1e9, save_seconds=1e9)
    return Trainer(recipe(), options, Processes(0, 1), windows, windows, clock=Ticks(), report=lambda line: None)


def test_stopping_and_resuming_changes_no_bit(tmp_path: Path) -> None:
    """Ten steps are the same as four, a new process, and six, through the change to long windows and the decay."""
    torch.set_num_threads(1)
    whole, parts = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts")
    trainer(whole).run()
    trainer(parts, slice_seconds=9).run()
    n_first = trainer(parts).progress.step
    trainer(parts).run()
    (expected, ended), (model, progress) = load_model(whole.checkpoint), load_model(parts.checkpoint)

    assert 0 < n_first < ended.step == progress.step == 10
    assert load_model(parts.weights)[1] == progress
    assert (progress.tokens, progress.windows) == (ended.tokens, ended.windows)
    assert all(torch.equal(value, expected.state_dict()[name]) for name, value in model.state_dict().items())


def test_training_lowers_the_loss_on_what_it_was_shown(tmp_path: Path) -> None:
    run = trainer(RunFolder(tmp_path))
    before = run.validation_loss()
    run.run()

    assert run.validation_loss() < before - 0.1


def test_decay_begins_when_it_is_asked_for(tmp_path: Path) -> None:
    """The budget need not be known in advance, and the checkpoint before the decay is kept."""
    folder = RunFolder(tmp_path)
    options = RunOptions(folder, None, report_seconds=1e9, save_seconds=1e9)
    folder.decay_wish.write_text("384 tokens", encoding="utf-8")
    Trainer(recipe(), options, Processes(0, 1), windows, windows, clock=Ticks(), report=lambda line: None).run()

    assert load_model(folder.checkpoint)[1].tokens == 384
    assert load_model(folder.before_decay)[1].tokens == 0
    assert not folder.decay_wish.exists()


def test_wish_that_is_none_ends_nothing(tmp_path: Path) -> None:
    """A slip of the pen must not cost a night of training."""
    said: list[str] = []
    folder = RunFolder(tmp_path)
    folder.decay_wish.write_text("soon", encoding="utf-8")
    options = RunOptions(folder, Amount("tokens", 256), report_seconds=1e9, save_seconds=1e9)
    Trainer(recipe(), options, Processes(0, 1), windows, windows, clock=Ticks(), report=said.append).run()

    assert load_model(folder.checkpoint)[1].tokens >= 256
    assert "`soon` is no amount of training: write `30 minutes`, `10 hours` or `40M`." in said


def test_failure_in_the_sampler_ends_the_trainer() -> None:
    """A producer that dies must not leave the trainer waiting for ever."""

    def broken(numbers: Sequence[int], n_tokens: int) -> list[list[int]]:
        raise AssertionError("too short")

    batches = Batches(broken, 0, 2, 8, 0, 1)
    with pytest.raises(AssertionError, match="too short"):
        batches.next()
    batches.close()


def test_processes_share_the_windows_of_a_batch() -> None:
    shares = [Batches(windows, 4, 4, 8, rank, 2) for rank in range(2)]
    first, second = (batches.next() for batches in shares)
    for batches in shares:
        batches.close()

    assert first.tolist() == windows([4, 6], 9)
    assert second.tolist() == windows([5, 7], 9)


def test_text_comes_back_and_never_gives_special_tokens(tmp_path: Path) -> None:
    """Issue, must show 1: byte-exact round trip; spelled special tokens are text."""
    tokenizer = tokenizer_of(tmp_path)
    encoded = tokenizer.encode([*HOSTILE, SOURCE])

    assert [tokenizer.decode(ids) for ids in encoded] == [*HOSTILE, SOURCE]
    assert all(number >= 7 for ids in encoded for number in ids)


def test_model_file_is_a_checkpoint_that_survives(tmp_path: Path) -> None:
    """The file gives back weights as exact as its type, the tokenizer, the progress and the card."""
    tokenizer = tokenizer_of(tmp_path)
    work, small = Workplace(tmp_path), recipe()
    table = {"sha256": "00", "projects": [{"held_out": False, "characters": 9, "licence": "BSD AND MIT"}]}
    work.table.write_text(json.dumps(table), encoding="utf-8")
    run = trainer(RunFolder(tmp_path / "run"))
    progress = Progress(step=3, tokens=77, windows=5)
    card = make_card(small, 20_000, progress, work.table, begun_from="old.gguf", figures={"exact": 0.5})
    path = tmp_path / "model.gguf"

    write_gguf(path, run.model, read_vocabulary(work.tokenizer), card, context_length=64, file_type="F16")
    model, vocabulary = read_gguf(path)
    write_tokenizer(vocabulary, tmp_path / "again.json")

    assert model.shape == small.shape
    assert all(
        torch.allclose(value, run.model.state_dict()[name], atol=1e-3) for name, value in model.state_dict().items()
    )
    assert read_card(path) == card
    assert CodeTokenizer.from_file(tmp_path / "again.json").encode([SOURCE]) == tokenizer.encode([SOURCE])


def test_foreign_checkpoints_are_refused(tmp_path: Path) -> None:
    """A vocabulary of another family has its special tokens elsewhere."""
    tokenizer_of(tmp_path)
    values = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    values["model"]["merges"] = values["model"]["merges"][:-1]
    (tmp_path / "tokenizer.json").write_text(json.dumps(values), encoding="utf-8")

    with pytest.raises(TrainingError, match="not one that this recipe makes"):
        read_vocabulary(tmp_path / "tokenizer.json")


def tokenizer_of(folder: Path) -> CodeTokenizer:
    documents = [Document("p", "a.py", "python", held_out=False, text=SOURCE)]
    return train_tokenizer(documents, 300, 0, folder / "tokenizer.json")
