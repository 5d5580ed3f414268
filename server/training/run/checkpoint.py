"""Everything that a run needs to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from training.model import CodeModel
from training.run.optimizers import Optimizers
from training.schedule import Decay, Progress
from training.shape import Shape


def save_checkpoint(path: Path, model: CodeModel, optimizers: Optimizers | None, progress: Progress) -> None:
    """Write a checkpoint; what stood there before stays until the new one is whole."""
    content = {
        "shape": asdict(model.shape),
        "model": model.state_dict(),
        "optimizers": optimizers.state() if optimizers else None,
        "progress": asdict(progress),
    }
    new = path.with_suffix(".new")
    torch.save(content, new)
    new.replace(path)


def save_weights(path: Path, model: CodeModel, progress: Progress) -> None:
    """Write what a run can go on from without its optimisers' state, in bfloat16; `load_checkpoint` reads it too."""
    weights = {name: value.detach().to("cpu", torch.bfloat16) for name, value in model.state_dict().items()}
    content = {"shape": asdict(model.shape), "model": weights, "optimizers": None, "progress": asdict(progress)}
    torch.save(content, path)


def load_checkpoint(path: Path, model: CodeModel, optimizers: Optimizers | None) -> Progress:
    """Put a checkpoint into a model and its optimisers and return how far it is."""
    content = _read(path)
    model.load_state_dict(content["model"])
    if optimizers is not None and content["optimizers"] is not None:
        optimizers.restore(content["optimizers"])
    values = content["progress"]
    decay = Decay(**values.pop("decay")) if values.get("decay") else None
    values.pop("decay", None)
    return Progress(**values, decay=decay)


def load_model(path: Path) -> tuple[CodeModel, Progress]:
    """Return a checkpoint's model by itself."""
    model = CodeModel(Shape(**_read(path)["shape"]))
    return model, load_checkpoint(path, model, None)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content
