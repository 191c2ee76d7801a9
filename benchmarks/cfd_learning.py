"""What the CFD autoencoder learns, and by what factor it beats reconstructing by the mean.

The mean is taken over the training snapshots at each wall distance, once cell by cell
and once over the whole plane; the factor is that of the better one. Configuration,
weights and data order are the same in every precision.

    python benchmarks/cfd_learning.py --data ../shared/data --epochs 8
    python benchmarks/cfd_learning.py --data ../shared/data --epochs 40 --picture best.png
    python benchmarks/cfd_learning.py                    # the synthetic boundary layer
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec
from workloads.cfd.mean_field import MeanFieldErrors, mean_field_errors
from workloads.cfd.options import CfdOptions
from workloads.cfd.snapshot_split import find_snapshots


@dataclass(frozen=True)
class LearningCurve:
    """One training.

    Attributes
    ----------
    precision
        Its name.
    train_losses, validation_mse
        Epoch by epoch; the latter in normalised velocities squared.
    test_mse
        After the last epoch.
    factor
        The better mean's error over the smallest validation error.
    train_s
        Seconds of training, waiting for batches included.
    data_wait
        The share of that which was waiting.
    """

    precision: str
    train_losses: list[float]
    validation_mse: list[float]
    test_mse: float
    factor: float
    train_s: float
    data_wait: float


def learn(
    spec: ObjectiveSpec, config: dict[str, Any], mean: MeanFieldErrors, picture: Path | None
) -> LearningCurve:
    """Train one configuration to its last epoch."""
    training = spec.prepare().build(Trial("benchmark", 0, config))
    losses, values, train_s, wait_s = [], [], 0.0, 0.0
    for _ in range(spec.max_epochs):
        began = time.perf_counter()
        result = training.train_epoch()
        train_s += time.perf_counter() - began
        wait_s += result.data_wait_s
        losses.append(result.train_loss)
        values.append(training.validate())
    if picture is not None:
        training.picture(picture.with_stem(f"{picture.stem}-{spec.precision}"))
    return LearningCurve(
        precision=spec.precision,
        train_losses=losses,
        validation_mse=values,
        test_mse=training.test(),
        factor=mean.best / min(values),
        train_s=train_s,
        data_wait=wait_s / train_s,
    )


def main() -> None:
    """Measure and print JSON."""
    arguments = _parse_arguments()
    options = CfdOptions.model_validate({"batch_size": arguments.batch_size})
    mean = mean_field_errors(find_snapshots(arguments.data, options), options)
    config = {
        "lr": arguments.lr,
        "weight_decay": 1e-5,
        "momentum": 0.9,
        "nesterov": True,
        "warmup_epochs": 1,
    }
    curves = []
    with tempfile.TemporaryDirectory() as checkpoints:
        for precision in arguments.precisions:
            spec = ObjectiveSpec(
                workload="cfd",
                workload_options=options.model_dump(mode="json"),
                precision=precision,
                seed=arguments.seed,
                max_epochs=arguments.epochs,
                data=arguments.data,
                threads=arguments.threads,
                device="cpu",
                batch_scaling="trial",
                checkpoints=Path(checkpoints),
            )
            curves.append(asdict(learn(spec, config, mean, arguments.picture)))
    found = {"config": config, "mean_field_mse": asdict(mean), "trainings": curves}
    print(json.dumps(found, indent=2))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="data root; the synthetic flow without it")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "amp"])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--picture", type=Path, help="also draw a reconstruction into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
