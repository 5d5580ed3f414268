"""Who takes part, as it is written on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pylot.kernel.errors import PylotError

PREDICTOR = "predictor"
ALONE = ":alone"


@dataclass(frozen=True, slots=True)
class Contender:
    """A model, the local predictor, or both together as the server runs them; `model` is empty for no model."""

    name: str
    model: str
    predictor: bool


def parse_contenders(names: Sequence[str]) -> list[Contender]:
    """Read names such as `predictor`, `qwen` (with the predictor, as in the editor) and `qwen:alone`.

    Raises:
        PylotError: there is no name, an empty one, or one twice.
    """
    contenders = [_parse(name.strip()) for name in names]
    if not contenders or not all(contender.name for contender in contenders):
        raise PylotError("Name at least one model to evaluate, for example --models pylot-tiny,predictor.")
    if len({contender.name for contender in contenders}) < len(contenders):
        raise PylotError("A model is named twice in --models.")
    return contenders


def _parse(name: str) -> Contender:
    if name == PREDICTOR:
        return Contender(name, "", predictor=True)
    return Contender(name, name.removesuffix(ALONE), predictor=not name.endswith(ALONE))
