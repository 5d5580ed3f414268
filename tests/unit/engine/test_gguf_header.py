"""No file reaches llama.cpp before its header has passed a bounded check (I6, I11)."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pylot.engine.gguf_header import read_header
from pylot.kernel.errors import ModelFileError
from pylot.models.door import SHIPPED_MODELS
from tests.support.random_gguf import RandomModels, Shape, damaged_ggufs


def test_the_shipped_model() -> None:
    header = read_header(SHIPPED_MODELS["pylot-tiny"], ["<|fim_prefix|>", "<|nowhere|>"])

    assert (header.architecture, header.quantization, header.n_vocab) == ("llama", "Q8_0", 8192)
    assert header.token_ids == {"<|fim_prefix|>": 1}
    # 4 layers, 1 KV head, keys and values of 64 numbers.
    assert header.kv_numbers_per_token() == 4 * 1 * (64 + 64)


def test_a_random_model(random_model: RandomModels) -> None:
    header = read_header(random_model(Shape(context=512, chat_template="x")))

    assert (header.context_length, header.has_chat_template) == (512, True)


@pytest.mark.parametrize("kind", sorted(damaged_ggufs(SHIPPED_MODELS["pylot-tiny"])))
def test_damaged_files_are_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(damaged_ggufs(SHIPPED_MODELS["pylot-tiny"])[kind])

    with pytest.raises(ModelFileError) as refusal:
        read_header(path)

    assert refusal.value.sentence.count("\n") == 0
    assert "model.gguf" in refusal.value.sentence


def test_texts_that_are_too_long_together_are_refused(tmp_path: Path) -> None:
    """A header may not fill the memory with texts that are each within bounds."""
    texts = [
        struct.pack("<Q", 2) + b"%02d" % number + struct.pack("<IQ", 8, 1 << 20) + bytes(1 << 20)
        for number in range(17)
    ]
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, len(texts)) + b"".join(texts))

    with pytest.raises(ModelFileError, match="too long together"):
        read_header(path)


@pytest.mark.parametrize("path", ["missing.gguf", "."])
def test_no_file(path: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no model file"):
        read_header(tmp_path / path)


def test_every_cut_of_the_header_is_survived(tmp_path: Path, random_model: RandomModels) -> None:
    whole = random_model().read_bytes()
    path = tmp_path / "model.gguf"
    for size in range(0, 3000, 37):
        path.write_bytes(whole[:size])
        with pytest.raises(ModelFileError):
            read_header(path)
