"""The fixture's models are what the engine's tests take them for (R2)."""

from __future__ import annotations

import gguf
import pytest

from tests.support.random_gguf import CHAT_TEMPLATE, RandomModels, Shape, damaged_ggufs


@pytest.mark.parametrize(
    "shape",
    [
        Shape(),
        Shape(architecture="llama", vocabulary=300, fim=False),
        Shape(vocabulary=8192, chat_template=CHAT_TEMPLATE, n_layers=1),
    ],
)
def test_shape_is_in_the_file(random_model: RandomModels, shape: Shape) -> None:
    path = random_model(shape)
    fields = gguf.GGUFReader(path).fields

    assert path == random_model(shape)
    assert path.stat().st_size < 5_000_000
    assert len(fields["tokenizer.ggml.tokens"].contents()) == shape.vocabulary
    assert ("<|fim_prefix|>" in fields["tokenizer.ggml.tokens"].contents()) == shape.fim
    assert ("tokenizer.ggml.fim_pre_token_id" in fields) == shape.fim
    assert ("tokenizer.chat_template" in fields) == bool(shape.chat_template)


def test_damage_is_done(random_model: RandomModels) -> None:
    good = random_model()
    contents = damaged_ggufs(good)

    assert good.read_bytes() not in contents.values()
    assert len(contents) == len(set(contents.values()))
