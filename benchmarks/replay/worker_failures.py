"""What workers that die cost a large search, in virtual time.

    python -m benchmarks.replay.worker_failures --workers 512 --trials 1024 --seeds 3

Trainings are in closed form, twelve epochs of 213 seconds. A worker dies alone, as an actor of
Ray, or takes all with it, as a rank of MPI, whose search is then resumed. Either is gone for five
minutes, and trains again what came after its last state.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.replay.paper_scale import closed_form
from harness.config import RunConfig
from harness.records.directory import RunDirectory
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import replay

RESTART_S = 300.0
RATES = (0.0001, 0.001, 0.01)
"""Deaths a worker-hour: one in fourteen months, in six weeks, in four days."""


@dataclass(frozen=True)
class Scenario:
    """How workers die.

    Attributes
    ----------
    backend
        The engine.
    takes_all
        Whether one takes all with it.
    rate
        Deaths a worker-hour.
    interval
        Epochs between two states.
    """

    backend: str
    takes_all: bool
    rate: float
    interval: int


def scenarios() -> Iterator[Scenario]:
    """Yield the ways to die: alone on Ray, all together on MPI."""
    for backend, takes_all in (("ray", False), ("propulate", True)):
        for interval in (1, 5):
            for rate in (0.0, *RATES):
                yield Scenario(backend, takes_all, rate, interval)


def searched(scenario: Scenario, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Replay one search; return its summary."""
    costs = ReplayCosts(
        failures_per_worker_hour=scenario.rate,
        restart_s=RESTART_S,
        failure_takes_all=scenario.takes_all,
    )
    config = RunConfig(
        backend=scenario.backend,
        algo=options.algo,
        workers=options.workers,
        trials=options.trials,
        checkpoint_interval=scenario.interval,
        seed=seed,
    )
    trainings = closed_form().by_precision["fp32"]
    resolved = resolve_replay(config, trainings, costs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        replay(resolved, Origins(trainings).of(resolved), path)
        return RunDirectory(path).read_summary()


def main(words: Sequence[str] | None = None) -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--algo", default="asha")
    parser.add_argument("--workers", type=int, default=512)
    parser.add_argument("--trials", type=int, default=1024)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(words)
    print("| engine | dies | deaths a worker-hour | interval | runtime, s | ÷ none | lost, % |")
    print("|---|---|---|---|---|---|---|")
    alive: dict[tuple[str, int], list[float]] = {}
    for scenario in scenarios():
        found = [searched(scenario, seed, options) for seed in range(options.seeds)]
        runtimes = [summary["runtime_s"] for summary in found]
        none = alive.setdefault((scenario.backend, scenario.interval), runtimes)
        ratio = np.mean([one / other for one, other in zip(runtimes, none, strict=True)])
        lost = np.mean([s["ledger"]["lost"] / sum(s["ledger"].values()) for s in found])
        print(
            f"| {scenario.backend} | {'all' if scenario.takes_all else 'alone'} "
            f"| {scenario.rate:g} | {scenario.interval} | {np.mean(runtimes):.0f} "
            f"| {ratio:.2f} | {lost:.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
