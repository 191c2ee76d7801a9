"""The training loop every workload shares: Algorithm 1 of Aach et al., SC-W 2023."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from harness.checkpoint import snapshot
from harness.eager_sgd import EagerSGD
from harness.host_memory import keep_freed_memory
from harness.initial_weights import unfilled_weights
from harness.parallel.replica import Replica
from harness.parallel.shares import Batch, Share
from harness.schedule import Schedule, learning_rate_factor
from harness.step_counts import SkippedSteps, TimedBatches
from harness.workload import BuildContext, Configuration, EpochResult, Training


class BatchSource(Protocol):
    """Batches of one epoch; every iteration over it is another epoch."""

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        ...

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        ...


@dataclass(frozen=True)
class SupervisedTask:
    """A model, its data and how both are judged.

    Attributes
    ----------
    model
        Builds the model with fresh weights from torch's default generator.
    loss
        Takes float32 outputs and targets, returns the batch's mean loss.
    metric
        Takes float32 outputs and targets, returns the metric's sum over the
        batch's samples. Its sum over all batches is divided by their samples.
    train, validation, test
        The three parts of the data.
    generator
        The generator from which `train` draws its order and augmentation. It
        belongs to one training alone and is part of the training's state.
    schedule
        What the learning rate does after the warm-up.
    """

    model: Callable[[], nn.Module]
    loss: Callable[[Tensor, Tensor], Tensor]
    metric: Callable[[Tensor, Tensor], Tensor]
    train: BatchSource
    validation: BatchSource
    test: BatchSource
    generator: torch.Generator
    schedule: Schedule = "cosine"


def correct_predictions(logits: Tensor, labels: Tensor) -> Tensor:
    """Return how many of the batch's top-1 predictions are right.

    Parameters
    ----------
    logits
        Scores [B, classes].
    labels
        Class numbers [B].
    """
    return (logits.argmax(dim=1) == labels).sum()


def sgd_settings(config: Configuration) -> dict[str, Any]:
    """Return the arguments of `torch.optim.SGD` that a configuration asks for.

    Parameters
    ----------
    config
        ``lr`` must be given; ``weight_decay`` (default 0), ``momentum`` (0.9)
        and ``nesterov`` (True) may be. Other hyperparameters are ignored.

    Returns
    -------
    dict
        ``lr``, ``weight_decay``, ``momentum`` and ``nesterov``. Nesterov is off
        where there is no momentum, because SGD refuses that combination.
    """
    momentum = float(config.get("momentum", 0.9))
    return {
        "lr": float(config["lr"]),
        "weight_decay": float(config.get("weight_decay", 0.0)),
        "momentum": momentum,
        "nesterov": bool(config.get("nesterov", True)) and momentum > 0.0,
    }


class SupervisedTraining(Training):
    """Trains a model on labelled batches with SGD in a given precision.

    The learning rate is the configuration's ``lr`` times the factor of the
    schedule, set before every step; ``warmup_epochs`` (default 0) is the length
    of the linear warm-up. Initial weights follow from the context's seed, data
    order and augmentation from the task's generator, so the same configuration
    trained twice gives bitwise the same values on a CPU with as many threads.

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
        self._settings = sgd_settings(config)
        self._warm_up_epochs = float(config.get("warmup_epochs", 0))
        self._replica = Replica(_initial_model(task.model, context), context.group)
        self._model = self._replica.model
        self._optimizer = EagerSGD(self._model.parameters(), fused=True, **self._settings)
        self._scaler = context.precision.gradient_scaler()
        self._epoch = 0

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return sum(weight.numel() for weight in self._model.parameters() if weight.requires_grad)

    def train_epoch(self) -> EpochResult:
        """Train for one epoch.

        The loss and the skipped steps are summed up on the device and read once,
        at the end, so that no step waits for the device.
        """
        self._model.train()
        batches = TimedBatches(self._task.train)
        # Loss and samples; the loss of a share counts as often as it has samples.
        sums = torch.zeros(2, dtype=torch.float64, device=self._context.device)
        skipped_steps = SkippedSteps(self._scaler, self._context.device)
        for index, batch in enumerate(batches):
            share = self._replica.share(batch)
            self._set_learning_rate(self._epoch * len(self._task.train) + index)
            sums[0] += self._train_step(share) * share.samples
            sums[1] += share.samples
            skipped_steps.count()
            if self._context.step_done is not None:
                self._context.step_done(index + 1, len(self._task.train))
        self._epoch += 1
        loss_sum, samples = self._replica.sum(sums).tolist()
        return EpochResult(
            train_loss=loss_sum / samples,
            samples=int(samples),
            skipped_steps=skipped_steps.total(),
            data_wait_s=batches.wait_s,
        )

    def validate(self) -> float:
        """Return the metric on the validation set."""
        return self._evaluate(self._task.validation)

    def test(self) -> float:
        """Return the metric on the test set."""
        return self._evaluate(self._task.test)

    def state_dict(self) -> dict[str, Any]:
        """Return model, optimizer, scaler, generator state and epoch.

        The tensors of model and optimizer are the live ones: the next epoch
        changes them. Who keeps the state beyond that must copy it.
        """
        return {
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "generator": self._task.generator.get_state(),
            "epoch": self._epoch,
        }

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
        self._apply_settings()
        if state["scaler"]:
            self._scaler.load_state_dict(state["scaler"])
        self._task.generator.set_state(state["generator"].cpu())
        self._epoch = int(state["epoch"])

    def set_hyperparameters(self, config: Configuration) -> None:
        """Train on with the learning rate, weight decay and momentum of `config`."""
        self._settings = sgd_settings(config)
        self._apply_settings()

    def _apply_settings(self) -> None:
        for group in self._optimizer.param_groups:
            group.update(self._settings)

    def _set_learning_rate(self, step: int) -> None:
        factor = learning_rate_factor(
            step,
            steps_per_epoch=len(self._task.train),
            warm_up_epochs=self._warm_up_epochs,
            max_epochs=self._context.max_epochs,
            schedule=self._task.schedule,
        )
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings["lr"] * factor * self._context.learning_rate_scale

    def _train_step(self, share: Share) -> Tensor:
        inputs, targets = self._on_device(share.batch)
        with self._context.precision.autocast():
            outputs = self._replica.forward(inputs)
        loss = self._task.loss(outputs.float(), targets)
        torch.autograd.backward(self._scaler.scale(loss * share.weight))
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def _evaluate(self, source: BatchSource) -> float:
        self._model.eval()
        sums = torch.zeros(2, dtype=torch.float64, device=self._context.device)
        with torch.inference_mode():
            for batch in source:
                share = self._replica.share(batch)
                if share.samples == 0:
                    continue
                inputs, targets = self._on_device(share.batch)
                with self._context.precision.autocast():
                    outputs = self._model(inputs)
                sums[0] += self._task.metric(outputs.float(), targets)
                sums[1] += share.samples
        metric_sum, samples = self._replica.sum(sums).tolist()
        return float(metric_sum / samples)

    def _on_device(self, batch: Batch) -> Batch:
        inputs, targets = batch
        layout = torch.channels_last if inputs.dim() == 4 else torch.preserve_format
        device = self._context.device
        return (
            inputs.to(device, non_blocking=True, memory_format=layout),
            targets.to(device, non_blocking=True),
        )


def _initial_model(build: Callable[[], nn.Module], context: BuildContext) -> nn.Module:
    with torch.random.fork_rng(devices=[]), unfilled_weights(context.restored):
        # Weights come from the CPU generator on every device, so that they are the same.
        torch.default_generator.manual_seed(context.seed)
        model = build()
    return model.to(context.device).to(memory_format=torch.channels_last)
