"""How much faster a workload trains in one precision than in another.

Trainings of the same configuration take turns, epoch by epoch, so that whatever else
the machine does meets all of them alike. The first round warms up and is left out.

    python -m benchmarks.precision_speed cfd --rounds 7
    python -m benchmarks.precision_speed cfd --data ../shared/data --precisions fp32 amp
    python -m benchmarks.precision_speed digits --options '{"images": 200}'
    python -m benchmarks.precision_speed cifar10 --device cuda --precisions fp32 amp amp-bf16
    python -m benchmarks.precision_speed cifar10 --precisions fp32 amp:native amp:emulated

A precision may name the arithmetic of a processor. ``--clock processor`` counts the processor time
of this process, which other work on the machine lengthens little; use it with one thread.

TF32 is a switch of the whole process, so `tf32` cannot take turns with another precision.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec
from harness.workload import Training


@dataclass(frozen=True)
class Speed:
    """The speed of training in one precision.

    Attributes
    ----------
    precision
        Its name.
    samples_per_s
        Median over the rounds, waiting for batches left out.
    step_speed_up
        Median over the rounds of the first precision's time of training steps over
        this one's.
    training_speed_up
        The same of all that a training takes: steps, waiting for batches, validation.
    data_wait
        Share of the training time that was waiting for batches.
    ms_per_sample
        Median over the rounds of the training steps' milliseconds a sample.
    """

    precision: str
    samples_per_s: float
    step_speed_up: float
    training_speed_up: float
    data_wait: float
    ms_per_sample: float


@dataclass(frozen=True)
class Epoch:
    """One epoch: its computing, waiting and validating seconds, and its samples."""

    compute_s: float
    wait_s: float
    validate_s: float
    samples: int

    @property
    def whole_s(self) -> float:
        """All that the epoch takes."""
        return self.compute_s + self.wait_s + self.validate_s


def timed_epoch(training: Training, clock: Callable[[], float] = time.perf_counter) -> Epoch:
    """Train one epoch and validate."""
    began = clock()
    result = training.train_epoch()
    trained = clock()
    training.validate()
    return Epoch(
        compute_s=trained - began - result.data_wait_s,
        wait_s=result.data_wait_s,
        validate_s=clock() - trained,
        samples=result.samples,
    )


def compare(
    trainings: dict[str, Training], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[Speed]:
    """Let trainings take turns, and compare each with the first."""
    taken = [
        {name: timed_epoch(training, clock) for name, training in trainings.items()}
        for _ in range(rounds + 1)
    ][1:]
    first = next(iter(trainings))
    return [
        Speed(
            precision=name,
            samples_per_s=statistics.median(
                turn[name].samples / turn[name].compute_s for turn in taken
            ),
            step_speed_up=statistics.median(
                turn[first].compute_s / turn[name].compute_s for turn in taken
            ),
            training_speed_up=statistics.median(
                turn[first].whole_s / turn[name].whole_s for turn in taken
            ),
            data_wait=sum(turn[name].wait_s for turn in taken)
            / sum(turn[name].compute_s + turn[name].wait_s for turn in taken),
            ms_per_sample=statistics.median(
                1000 * turn[name].compute_s / turn[name].samples for turn in taken
            ),
        )
        for name in trainings
    ]


def main() -> None:
    """Measure and print JSON."""
    arguments = _parse_arguments()
    trainings = {}
    with tempfile.TemporaryDirectory() as checkpoints:
        for name in arguments.precisions:
            precision, _, arithmetic = name.partition(":")
            objective = ObjectiveSpec(
                workload=arguments.workload,
                workload_options=arguments.options,
                precision=precision,
                seed=0,
                max_epochs=arguments.rounds + 1,
                data=arguments.data,
                threads=arguments.threads,
                device=arguments.device,
                batch_scaling="trial",
                checkpoints=Path(checkpoints),
                arithmetic=arithmetic or "auto",
            ).prepare()
            config = dict(objective.workload.space().get_default_configuration())
            trainings[name] = objective.build(Trial("t0", 0, config))
        clock = time.process_time if arguments.clock == "processor" else time.perf_counter
        speeds = compare(trainings, arguments.rounds, clock)
    print(json.dumps([asdict(speed) for speed in speeds], indent=2))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workload")
    parser.add_argument("--data", type=Path, help="data root")
    parser.add_argument("--options", type=json.loads, default={}, help="workload options, as JSON")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "amp"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", default="wall", choices=("wall", "processor"))
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
