"""The training loop every workload shares: Algorithm 1 of Aach et al., SC-W 2023."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from harness.checkpoints.file import snapshot
from harness.checkpoints.nested_tensors import Nested, in_float32, mapped, samples_in
from harness.parallel.replica import Replica, called
from harness.parallel.shares import Batch, Share
from harness.training.global_draws import seeded_draws
from harness.training.host_memory import keep_freed_memory
from harness.training.initial_weights import seeded_model
from harness.training.optimizers import apply_changes, settings_of
from harness.training.schedule import learning_rate_factor
from harness.training.step_counts import SkippedSteps, TimedBatches
from harness.training.supervised_task import BatchSource as BatchSource
from harness.training.supervised_task import SupervisedTask as SupervisedTask
from harness.training.supervised_task import correct_predictions as correct_predictions
from harness.training.weight_average import WeightAverage
from harness.training.whole_set_metric import GatheredPredictions, WholeSetMetric
from harness.workload import BuildContext, Configuration, EpochResult, Training

TRAINING_DRAWS, EVALUATION_DRAWS = 0, 1
"""What the global generators are seeded for."""


class SupervisedTraining(Training):
    """Trains a model on labelled batches in a given precision.

    The learning rate is the configuration's ``lr`` times the factor of the
    schedule, set before every step; ``warmup_epochs`` (default 0) is the length
    of the linear warm-up. Initial weights follow from the context's seed, data
    order and augmentation from the task's generator, and what is drawn from the global
    generators of torch, numpy and Python, such as dropout, from the seed, the epoch and the
    rank. The same configuration trained twice gives bitwise the same values on a CPU with
    as many threads, and so does one that went on from a checkpoint.

    Notes
    -----
    Aach et al., *Accelerating Hyperparameter Optimization Algorithms with Mixed
    Precision*, SC-W 2023, Algorithm 1: forward pass under autocast, loss in
    float32, backward pass on the scaled loss, a step that is skipped where
    gradients overflowed.
    """

    def __init__(self, task: SupervisedTask, config: Configuration, context: BuildContext) -> None:
        keep_freed_memory()
        self._task = task
        self._context = context
        self._draws_seed = context.seed
        self._warm_up_epochs = float(config.get("warmup_epochs", 0))
        self._replica = Replica(_initial_model(task.model, context), context.group)
        self._model = self._replica.model
        self._optimizer = task.optimizer(self._model, config)
        self._settings = settings_of(self._optimizer)
        self._scaler = context.precision.gradient_scaler()
        self._average = None if task.average is None else WeightAverage(self._model, task.average)
        self._epoch = 0
        self._tested_samples: int | None = None

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return sum(weight.numel() for weight in self._model.parameters() if weight.requires_grad)

    def train_epoch(self) -> EpochResult:
        """Train for one epoch.

        The loss and the skipped steps are summed up on the device and read once,
        at the end, so that no step waits for the device.

        Raises
        ------
        ValueError
            If the training data give no batch.
        """
        self._model.train()
        batches = TimedBatches(self._task.train)
        # Loss and samples; the loss of a share counts as often as it has samples.
        sums = torch.zeros(2, dtype=torch.float64, device=self._context.device)
        skipped_steps = SkippedSteps(self._scaler, self._context.device)
        with self._drawing(TRAINING_DRAWS):
            for step, group in enumerate(_groups_of(self._task.accumulate, batches)):
                self._set_learning_rate(self._epoch * self._steps_per_epoch + step)
                sums += self._train_step(group)
                skipped_steps.count()
                if self._context.step_done is not None:
                    self._context.step_done(step + 1, self._steps_per_epoch)
        self._epoch += 1
        loss_sum, samples = self._replica.sum(sums).tolist()
        if samples == 0:
            raise ValueError("the training data give no batch")
        return EpochResult(
            train_loss=loss_sum / samples,
            samples=int(samples),
            skipped_steps=skipped_steps.total(),
            data_wait_s=batches.wait_s,
        )

    def validate(self) -> float:
        """Return the metric on the validation set."""
        return self._evaluated(self._task.validation)[0]

    def test(self) -> float:
        """Return the metric on the test set."""
        value, self._tested_samples = self._evaluated(self._task.test)
        return value

    @property
    def tested_samples(self) -> int | None:
        """On how many samples `test` took its mean; None before it, or where it is no mean."""
        return self._tested_samples

    def state_dict(self) -> dict[str, Any]:
        """Return model, optimizer, scaler, averaged weights, random states and epoch.

        The tensors of model and optimizer are the live ones: the next epoch
        changes them. Who keeps the state beyond that must copy it.
        """
        state = {
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "settings": self._settings,
            "scaler": self._scaler.state_dict(),
            "generator": self._task.generator.get_state(),
            "draws_seed": self._draws_seed,
            "epoch": self._epoch,
        }
        if self._average is not None:
            state["average"] = self._average.state_dict()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a copy of `state`; the hyperparameters of this training hold.

        Raises
        ------
        RuntimeError
            If the state belongs to another model.
        """
        self._model.load_state_dict(state["model"])
        # The optimizer would keep the given momentum buffers and write into them.
        self._optimizer.load_state_dict(snapshot(state["optimizer"]))
        apply_changes(self._optimizer, state.get("settings"), self._settings)
        if state["scaler"]:
            self._scaler.load_state_dict(state["scaler"])
        if self._average is not None:
            self._average.load_state_dict(state.get("average"), self._model)
        self._task.generator.set_state(state["generator"].cpu())
        self._draws_seed = int(state.get("draws_seed", self._draws_seed))
        self._epoch = int(state["epoch"])

    def reseed(self, seed: int) -> None:
        """Draw data order, augmentation and dropout from `seed` from here on."""
        self._task.generator.manual_seed(seed)
        self._draws_seed = seed

    def set_hyperparameters(self, config: Configuration) -> None:
        """Train on with what the task's optimizer takes from `config`."""
        before = self._settings
        self._settings = settings_of(self._task.optimizer(self._model, config))
        apply_changes(self._optimizer, before, self._settings)

    @property
    def _steps_per_epoch(self) -> int:
        return math.ceil(len(self._task.train) / self._task.accumulate)

    def _drawing(self, purpose: int) -> AbstractContextManager[None]:
        rank = 0 if self._context.group is None else self._context.group.rank
        return seeded_draws(self._context.device, self._draws_seed, self._epoch, rank, purpose)

    def _set_learning_rate(self, step: int) -> None:
        factor = learning_rate_factor(
            step,
            steps_per_epoch=self._steps_per_epoch,
            warm_up_epochs=self._warm_up_epochs,
            max_epochs=self._context.max_epochs,
            schedule=self._task.schedule,
        )
        for group, settings in zip(self._optimizer.param_groups, self._settings, strict=True):
            group["lr"] = settings["lr"] * factor * self._context.learning_rate_scale

    def _train_step(self, batches: Sequence[Batch]) -> Tensor:
        """Take a step on batches; return this rank's sums of loss and samples."""
        sums = torch.zeros(2, dtype=torch.float64, device=self._context.device)
        samples = [samples_in(inputs) for inputs, _ in batches]
        for index, batch in enumerate(batches):
            share = self._replica.share(batch)
            weight = share.weight * (samples[index] / sum(samples))
            with self._replica.accumulating(last=index == len(batches) - 1):
                sums[0] += self._backward(share, weight) * share.samples
            sums[1] += share.samples
        if self._task.clip_norm is not None:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self._model.parameters(), self._task.clip_norm)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad(set_to_none=True)
        if self._average is not None:
            self._average.update(self._model)
        return sums

    def _backward(self, share: Share, weight: float) -> Tensor:
        inputs, targets = self._on_device(share.batch)
        with self._context.precision.autocast():
            outputs = self._replica.forward(inputs)
        loss = self._task.loss(in_float32(outputs), targets)
        torch.autograd.backward(self._scaler.scale(loss * weight))
        return loss.detach()

    def _evaluated(self, source: BatchSource) -> tuple[float, int | None]:
        """Return the metric, and of how many samples it is the mean, if it is one."""
        metric = self._task.metric
        sums = torch.zeros(2, dtype=torch.float64, device=self._context.device)
        predictions = GatheredPredictions(self._replica.gather)
        with torch.inference_mode(), self._drawing(EVALUATION_DRAWS):
            for outputs, targets, samples in self._predicted(source):
                if isinstance(metric, WholeSetMetric):
                    predictions.add(outputs, targets, samples)
                elif samples:
                    sums[0] += metric(outputs, targets)
                    sums[1] += samples
        if isinstance(metric, WholeSetMetric):
            return float(metric.compute(*predictions.all())), None
        metric_sum, count = self._replica.sum(sums).tolist()
        return float(metric_sum / count), int(count)

    def _predicted(self, source: BatchSource) -> Iterator[tuple[Nested, Nested, int]]:
        """Yield outputs, targets and samples of this rank's share of each batch."""
        model = self._model if self._average is None else self._average.model
        model.eval()
        for batch in source:
            share = self._replica.share(batch)
            if share.samples == 0:
                yield None, None, 0
                continue
            inputs, targets = self._on_device(share.batch)
            with self._context.precision.autocast():
                outputs = called(model, inputs)
            yield in_float32(outputs), targets, share.samples

    def _on_device(self, batch: Batch) -> Batch:
        device = self._context.device

        def moved(tensor: Tensor) -> Tensor:
            layout = torch.channels_last if tensor.dim() == 4 else torch.preserve_format
            return tensor.to(device, non_blocking=True, memory_format=layout)

        inputs, targets = batch
        return mapped(inputs, moved), mapped(
            targets, lambda tensor: tensor.to(device, non_blocking=True)
        )


def _groups_of(size: int, batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    left = iter(batches)
    while group := list(islice(left, size)):
        yield group


def _initial_model(build: Callable[[], nn.Module], context: BuildContext) -> nn.Module:
    # Weights come from the CPU generator on every device, so that they are the same.
    model = seeded_model(build, context.seed, context.restored)
    return channels_last(model.to(context.device))


def channels_last(model: nn.Module) -> nn.Module:
    """Lay the kernels of images out channels last; those of volumes and of sequences stay."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.dim() == 4:
            tensor.data = tensor.data.to(memory_format=torch.channels_last)
    return model
