"""What the ImageNet network learns, how fast in each precision, and what loading data costs.

Trainings of the same configuration, weights and data order take turns, epoch by epoch,
so that whatever else the machine does meets all of them alike. Where other programs
compete for the cores, processor seconds say more than seconds.

    python benchmarks/imagenet_learning.py --data ../shared/data
    python benchmarks/imagenet_learning.py --data ../shared/data --epochs 12 \\
        --options '{"depth": 26, "images_per_class": 200}' --config '{"lr": 0.05}'
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec
from harness.workload import Training
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.space import width_space


@dataclass(frozen=True)
class Epoch:
    """One epoch of training and the validation after it.

    Attributes
    ----------
    train_loss, accuracy
        Of the training data, and top-1 of the validation data.
    train_s, wait_s, validate_s
        Seconds of training, of these waiting for batches, and of validation.
    train_cpu_s
        Processor seconds of training, of all threads.
    samples
        Images trained on.
    """

    train_loss: float
    accuracy: float
    train_s: float
    wait_s: float
    validate_s: float
    train_cpu_s: float
    samples: int


@dataclass
class Course:
    """One training, its epochs so far."""

    precision: str
    training: Training
    epochs: list[Epoch] = field(default_factory=list)

    def train(self) -> None:
        """Train and validate one epoch more."""
        began, cpu_began = time.perf_counter(), time.process_time()
        result = self.training.train_epoch()
        trained, cpu_trained = time.perf_counter(), time.process_time()
        accuracy = self.training.validate()
        self.epochs.append(
            Epoch(
                train_loss=result.train_loss,
                accuracy=accuracy,
                train_s=trained - began,
                wait_s=result.data_wait_s,
                validate_s=time.perf_counter() - trained,
                train_cpu_s=cpu_trained - cpu_began,
                samples=result.samples,
            )
        )


@dataclass(frozen=True)
class Summary:
    """One training as a whole.

    Attributes
    ----------
    precision
        Its name.
    parameters
        Trainable parameters.
    accuracy, train_loss
        Epoch by epoch.
    test_accuracy
        After the last epoch.
    image_ms
        Median time of a training step, waiting left out, for each image of its batch.
    image_cpu_ms
        Median processor time of training for each image.
    epoch_s
        Median time of an epoch with its validation.
    data_wait
        Median share of the training time that was waiting for batches.
    step_speed_up, epoch_speed_up, cpu_speed_up
        Median over the epochs of the first precision's time over this one's: of steps
        without waiting, of whole epochs with validation, of processor time.
    """

    precision: str
    parameters: int
    accuracy: list[float]
    train_loss: list[float]
    test_accuracy: float
    image_ms: float
    image_cpu_ms: float
    epoch_s: float
    data_wait: float
    step_speed_up: float
    epoch_speed_up: float
    cpu_speed_up: float


def summarise(course: Course, first: Course) -> Summary:
    """Summarise a training beside the one of the first precision."""
    epochs, pairs = course.epochs, list(zip(first.epochs, course.epochs, strict=True))
    return Summary(
        precision=course.precision,
        parameters=course.training.parameters,
        accuracy=[epoch.accuracy for epoch in epochs],
        train_loss=[epoch.train_loss for epoch in epochs],
        test_accuracy=course.training.test(),
        image_ms=1e3 * statistics.median(_step_s(epoch) / epoch.samples for epoch in epochs),
        image_cpu_ms=1e3 * statistics.median(e.train_cpu_s / e.samples for e in epochs),
        epoch_s=statistics.median(_epoch_s(epoch) for epoch in epochs),
        data_wait=statistics.median(epoch.wait_s / epoch.train_s for epoch in epochs),
        step_speed_up=statistics.median(_step_s(one) / _step_s(other) for one, other in pairs),
        epoch_speed_up=statistics.median(_epoch_s(one) / _epoch_s(other) for one, other in pairs),
        cpu_speed_up=statistics.median(one.train_cpu_s / other.train_cpu_s for one, other in pairs),
    )


def _step_s(epoch: Epoch) -> float:
    return epoch.train_s - epoch.wait_s


def _epoch_s(epoch: Epoch) -> float:
    return epoch.train_s + epoch.validate_s


def main() -> None:
    """Measure and print JSON."""
    arguments = _parse_arguments()
    options = ImagenetOptions.model_validate(arguments.options)
    config = dict(width_space(options).get_default_configuration()) | arguments.config
    with tempfile.TemporaryDirectory() as checkpoints:
        courses = [
            Course(precision, _training(arguments, options, config, precision, Path(checkpoints)))
            for precision in arguments.precisions
        ]
        for _ in range(arguments.epochs):
            for course in courses:
                course.train()
        found = {
            "options": options.model_dump(mode="json"),
            "config": config,
            "threads": arguments.threads,
            "load_average": os.getloadavg()[0],
            "torch": torch.__version__,
            "trainings": [asdict(summarise(course, courses[0])) for course in courses],
        }
    print(json.dumps(found, indent=2))


def _training(
    arguments: argparse.Namespace,
    options: ImagenetOptions,
    config: dict[str, Any],
    precision: str,
    checkpoints: Path,
) -> Training:
    spec = ObjectiveSpec(
        workload="imagenet",
        workload_options=options.model_dump(mode="json"),
        precision=precision,
        seed=arguments.seed,
        max_epochs=arguments.epochs,
        data=arguments.data,
        threads=arguments.threads,
        device="cpu",
        batch_scaling="trial",
        checkpoints=checkpoints,
    )
    return spec.prepare().build(Trial("benchmark", 0, config))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="data root")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "amp"])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--options", type=json.loads, default={}, help="options, as JSON")
    parser.add_argument("--config", type=json.loads, default={}, help="hyperparameters, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
