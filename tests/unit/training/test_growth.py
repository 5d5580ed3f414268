"""Growing a trained model into a larger shape; skipped where the extra `training` is not installed."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `training`")

from training.failure import TrainingError
from training.model import CodeModel
from training.run.growth import grown
from training.shape import Shape

SMALL = Shape(width=32, layers=2, heads=2, kv_heads=1, feed_forward=48, head_width=16, vocabulary=300)


def model_with_weights_everywhere(shape: Shape) -> CodeModel:
    torch.manual_seed(1)
    model = CodeModel(shape)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


@pytest.mark.parametrize(
    "larger",
    [
        replace(SMALL, width=64, heads=4, kv_heads=2, feed_forward=88, layers=3),
        replace(SMALL, width=96, heads=6, kv_heads=3, feed_forward=144, layers=5),
        replace(SMALL, layers=4),
    ],
    ids=["twice as wide", "three times as wide", "deeper"],
)
def test_a_grown_model_says_what_the_small_one_says(larger: Shape) -> None:
    """What has been learnt is not paid for twice, and no two copies of a feature are the same (arXiv:2409.12903)."""
    small = model_with_weights_everywhere(SMALL)
    tokens = torch.arange(40).reshape(2, 20) * 7

    large = grown(small, larger, seed=1)

    with torch.no_grad():
        torch.testing.assert_close(large(tokens), small(tokens), atol=1e-3, rtol=1e-3)
    if larger.width > SMALL.width:
        rows = large.state_dict()["blk.0.ffn_gate.weight"]
        assert not torch.equal(rows[0], rows[SMALL.feed_forward])


@pytest.mark.parametrize(
    "other",
    [replace(SMALL, width=48), replace(SMALL, layers=1), replace(SMALL, width=64), replace(SMALL, vocabulary=301)],
    ids=["no multiple", "fewer layers", "too few heads", "another vocabulary"],
)
def test_a_shape_that_nothing_grows_into_is_refused(other: Shape) -> None:
    with pytest.raises(TrainingError, match="whole multiple"):
        grown(CodeModel(SMALL), other, seed=1)
