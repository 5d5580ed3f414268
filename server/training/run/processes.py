"""The processes that train together: on CPU each has one thread, and gradients are averaged once per step.

Two threads in one process wait for each other at every operation, which on a busy machine is several times slower.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor
from torch import distributed as group

from training.failure import TrainingError


class Processes:
    """The place of this process among all of them."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank = rank
        self.size = size
        if size > 1:
            group.init_process_group("gloo", rank=rank, world_size=size)

    @property
    def leads(self) -> bool:
        """Does this process write the checkpoints and the log?"""
        return self.rank == 0

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over all processes, in one message."""
        if self.size == 1:
            return
        own = list(tensors)
        flat = torch.cat([tensor.flatten() for tensor in own])
        with _others_there():
            group.all_reduce(flat)
        flat /= self.size
        for tensor, mean in zip(own, flat.split([tensor.numel() for tensor in own]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def leader_says(self, values: Sequence[float]) -> list[float]:
        """Return the leader's values in every process."""
        if self.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64)
        with _others_there():
            group.broadcast(told, 0)
        return [float(value) for value in told]


@contextlib.contextmanager
def _others_there() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise TrainingError(
            "Another process of this run has gone: give the same command again to go on from the last checkpoint."
        ) from error


def start_others(size: int, arguments: Sequence[str], port: int) -> list[subprocess.Popen[bytes]]:
    """Start the other processes of a group with the same arguments; this one becomes the leader."""
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    command = [sys.executable, "-m", "training", *arguments]
    return [subprocess.Popen([*command, "--rank", str(rank)]) for rank in range(1, size)]
