"""The loop: batch, gradients, average, step; and between steps the log, the checkpoint and the wish to end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from training.failure import TrainingError
from training.model import CodeModel
from training.paths import RunFolder
from training.recipe import Recipe
from training.run.batches import Batches, WindowsOf
from training.run.checkpoint import load_checkpoint, save_checkpoint, save_weights
from training.run.log import RunLog
from training.run.optimizers import Optimizers
from training.run.processes import Processes
from training.schedule import Amount, Decay, Progress, parse_amount, planned_decay, rate_scale
from training.specials import Special

_VALIDATION_WINDOWS = 24
_VALIDATION_BATCH = 8


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is no part of the recipe: where, how long in one go, and how often to report and to save."""

    folder: RunFolder
    budget: Amount | None = None
    slice_seconds: float | None = None
    report_seconds: float = 150.0
    save_seconds: float = 240.0
    compiled: bool = False
    device: str = "cpu"


class Trainer:
    """Trains one model in one folder, alone or together with other processes."""

    def __init__(
        self,
        recipe: Recipe,
        options: RunOptions,
        processes: Processes,
        windows: WindowsOf,
        validation_windows: WindowsOf,
        *,
        clock: Callable[[], float] = time.monotonic,
        report: Callable[[str], None] = print,
    ) -> None:
        self._recipe, self._options, self._processes = recipe, options, processes
        self._windows, self._validation_windows = windows, validation_windows
        self._clock, self._report = clock, report
        torch.manual_seed(recipe.seed)
        self.model = CodeModel(recipe.shape).to(options.device)
        self._optimizers = Optimizers(self.model, recipe)
        self.progress = Progress()
        if options.folder.checkpoint.exists():
            self.progress = load_checkpoint(options.folder.checkpoint, self.model, self._optimizers)
            self._say(f"resumed at step {self.progress.step}, {self.progress.tokens / 1e6:.2f}M tokens")
        if options.budget is not None and self.progress.step == 0:
            self.progress.decay = planned_decay(options.budget, recipe.decay_share, self.progress)
        self._loss = torch.compile(self._loss_of, dynamic=False) if options.compiled else self._loss_of
        self._validation: Tensor | None = None

    def run(self) -> None:
        """Train until the decay is over or the slice is; the checkpoint holds where that was."""
        began = last = saved = self._clock()
        log = RunLog(self._options.report_seconds, self._clock, self.progress)
        batches, long = self._batches(), self._is_long()
        self.model.train()
        while True:
            now = self._clock()
            self.progress.seconds += now - last
            last = now
            scale = self._agree(now - began)
            if scale <= 0:
                break
            if self._is_long() != long:
                batches.close()
                batches, long = self._batches(), self._is_long()
            log.add(self._step(batches.next(), scale))
            if self._processes.leads and log.is_due():
                self._report(log.line(scale, self.validation_loss()))
            if self._processes.leads and now - saved >= self._options.save_seconds:
                self._save(self._options.folder.checkpoint)
                saved = now
        batches.close()
        if self._processes.leads:
            self._save(self._options.folder.checkpoint)
            save_weights(self._options.folder.weights, self.model, self.progress)
            self._report(log.line(scale, self.validation_loss()))

    def validation_loss(self) -> float:
        """Return the loss in nats per token on fixed windows of held-out projects."""
        if self._validation is None:
            windows = self._validation_windows(range(_VALIDATION_WINDOWS), self._recipe.window_tokens + 1)
            self._validation = torch.tensor(windows, device=self._options.device)
        self.model.eval()
        with torch.no_grad():
            losses = [float(self._loss_of(part)) for part in self._validation.split(_VALIDATION_BATCH)]
        self.model.train()
        return sum(losses) / len(losses)

    def _step(self, batch: Tensor, scale: float) -> float:
        batch = batch.to(self._options.device, non_blocking=True)
        loss = self._loss(batch)
        loss.backward()
        with torch.no_grad():
            self._processes.average(
                parameter.grad for parameter in self.model.parameters() if parameter.grad is not None
            )
        self._optimizers.step(scale)
        n_tokens, n_windows = self._batch_size()
        self.progress.step += 1
        self.progress.tokens += n_tokens
        self.progress.windows += n_windows
        return float(loss.detach()) if self._options.device == "cpu" or self.progress.step % 20 == 0 else float("nan")

    def _loss_of(self, batch: Tensor) -> Tensor:
        with self._precision():
            logits = self.model(batch[:, :-1])
        targets = batch[:, 1:].flatten()
        return functional.cross_entropy(logits.float().flatten(0, 1), targets, ignore_index=int(Special.PAD))

    @contextlib.contextmanager
    def _precision(self) -> Iterator[None]:
        with torch.autocast(torch.device(self._options.device).type, dtype=torch.bfloat16):
            yield

    def _agree(self, elapsed: float) -> float:
        """Let the leader decide for all how large the next step is; 0 ends the run."""
        self._take_decay_wish()
        over = self._options.slice_seconds is not None and elapsed >= self._options.slice_seconds
        scale = 0.0 if over else rate_scale(self.progress, self._recipe.warmup_steps)
        decay = self.progress.decay
        told = [
            scale,
            self.progress.seconds,
            *((decay.begin, decay.length, decay.unit == "tokens") if decay else (0, 0, 0)),
        ]
        scale, seconds, begin, length, in_tokens = self._processes.leader_says(told)
        self.progress.seconds = seconds
        self.progress.decay = Decay("tokens" if in_tokens else "seconds", begin, length) if length else None
        return scale

    def _take_decay_wish(self) -> None:
        wish = self._options.folder.decay_wish
        if not self._processes.leads or not wish.exists():
            return
        text = wish.read_text(encoding="utf-8")
        wish.unlink()
        try:
            amount = parse_amount(text)
        except TrainingError as error:
            self._say(error.sentence)
            return
        self._save(self._options.folder.before_decay)
        self.progress.decay = Decay(amount.unit, self.progress.of(amount.unit), amount.value)
        self._say(f"decay begins, over {amount.value:.0f} {amount.unit}")

    def _is_long(self) -> bool:
        decay = self.progress.decay
        begun = decay is not None and self.progress.of(decay.unit) >= decay.begin
        return begun and self.progress.decay_done() >= self._recipe.long_from

    def _batch_size(self) -> tuple[int, int]:
        recipe = self._recipe
        if self._is_long():
            return recipe.long_batch_tokens, recipe.long_batch_tokens // recipe.long_window_tokens
        return recipe.batch_tokens, recipe.batch_tokens // recipe.window_tokens

    def _batches(self) -> Batches:
        n_tokens, n_windows = self._batch_size()
        return Batches(
            self._windows,
            self.progress.windows,
            n_windows,
            n_tokens // n_windows,
            self._processes.rank,
            self._processes.size,
        )

    def _save(self, path: Path) -> None:
        save_checkpoint(path, self.model, self._optimizers, self.progress)

    def _say(self, line: str) -> None:
        if self._processes.leads:
            self._report(line)
