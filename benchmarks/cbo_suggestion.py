"""What a suggestion of DeepHyper's CBO costs, and what it is worth, by its settings.

Every setting searches the same analytic function with the same seeds and the same
initial designs, without MPI and without training. The table gives the time of a
suggestion (`ask` and `tell`) and the best value found, with a paired test against
DeepHyper's own defaults on the space as it is. The others search the coordinates
that the backend gives DeepHyper.

    python -m benchmarks.cbo_suggestion --seeds 20 --trials 60
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer, OrdinalHyperparameter
from deephyper.hpo import CBO, HpProblem
from numpy.typing import NDArray
from scipy import stats

from backends.deephyper.translation import EngineSpace
from harness.space import sample_configurations

BASELINE = "mixedga, DeepHyper's defaults and space"
SETTINGS: dict[str, dict[str, Any]] = {
    BASELINE: {},
    "mixedga every 10th": {"acq_optimizer_kwargs": {"acq_optimizer_freq": 10}},
    "sampling, 10000 points": {"acq_optimizer": "sampling"},
    "sampling, 2000 points": {
        "acq_optimizer": "sampling",
        "acq_optimizer_kwargs": {"n_points": 2000},
    },
    "random": {"surrogate_model": "DUMMY", "acq_optimizer": "sampling"},
}


@dataclass(frozen=True)
class Row:
    """One setting's line of the table.

    Attributes
    ----------
    setting
        Its name.
    median_ms, p95_ms, max_ms
        The time of a suggestion, the initial design left out.
    mean_best, sd_best
        The best value at the end, over the seeds; larger is better.
    difference, low, high
        Mean difference to the baseline with its 95 % interval.
    p_value
        Wilcoxon's signed-rank test of the paired differences.
    """

    setting: str
    median_ms: float
    p95_ms: float
    max_ms: float
    mean_best: float
    sd_best: float
    difference: float
    low: float
    high: float
    p_value: float


def search_space() -> ConfigurationSpace:
    """Return an 8-dimensional space with every kind of hyperparameter."""
    space = ConfigurationSpace()
    space.add(
        Float("lr", (1e-4, 1.0), log=True),
        Float("weight_decay", (1e-6, 1e-2), log=True),
        Float("momentum", (0.5, 0.99)),
        Float("dropout", (0.0, 0.5)),
        Integer("width", (8, 256), log=True),
        Integer("warmup_epochs", (0, 5)),
        OrdinalHyperparameter("batch_size", [32, 64, 128, 256]),
        Categorical("activation", ["relu", "gelu", "tanh"]),
    )
    return space


def value(config: Mapping[str, Any]) -> float:
    """Return the value of a configuration, at most 0."""
    lr = math.log10(config["lr"])
    # The best learning rate moves with batch size and momentum, as in training.
    best_lr = -1.5 + 0.5 * math.log2(config["batch_size"] / 64) - 3 * (config["momentum"] - 0.9)
    penalties = (
        0.5 * (lr - best_lr) ** 2,
        0.2 * (math.log10(config["weight_decay"]) + 4 + 0.3 * lr) ** 2,
        4 * (config["momentum"] - 0.85) ** 2,
        2 * (config["dropout"] - 0.2) ** 2,
        0.1 * (math.log2(config["width"]) - 6.5) ** 2,
        0.05 * abs(config["warmup_epochs"] - 3),
        {"relu": 0.0, "gelu": 0.1, "tanh": 0.4}[config["activation"]],
    )
    return -sum(penalties)


def search(setting: str, seed: int, trials: int) -> tuple[float, list[float]]:
    """Return the best value of one search, and the seconds of each suggestion."""
    translated = EngineSpace(search_space())
    native = setting == BASELINE
    initial = sample_configurations(search_space(), trials // 3, seed)
    problem = HpProblem(search_space() if native else translated.coordinates, seed=seed)
    with tempfile.TemporaryDirectory() as log_directory:
        cbo = CBO(
            problem,
            random_state=seed,
            log_dir=log_directory,
            n_initial_points=len(initial),
            initial_points=initial if native else [translated.encode(c) for c in initial],
            **SETTINGS[setting],
        )
    best, seconds = -math.inf, []
    for _trial in range(trials):
        asked = time.perf_counter()
        point = cbo.ask(1)[0]
        ask_s = time.perf_counter() - asked
        result = value(point if native else translated.decode(point))
        best = max(best, result)
        told = time.perf_counter()
        cbo.tell([(point, result)])
        seconds.append(ask_s + time.perf_counter() - told)
    return best, seconds[len(initial) :]


def measure(seeds: int, trials: int) -> list[Row]:
    """Run every setting with every seed."""
    runs = {name: [search(name, seed, trials) for seed in range(seeds)] for name in SETTINGS}
    baseline = np.array([best for best, _seconds in runs[BASELINE]])
    return [_row(name, runs[name], baseline) for name in SETTINGS]


def _row(name: str, runs: list[tuple[float, list[float]]], baseline: NDArray[np.float64]) -> Row:
    best = np.array([run_best for run_best, _seconds in runs])
    times = 1e3 * np.concatenate([seconds for _best, seconds in runs])
    differences = best - baseline
    mean, low, high, p_value = 0.0, 0.0, 0.0, 1.0
    if name != BASELINE:
        mean = float(differences.mean())
        low, high = stats.t.interval(
            0.95, len(differences) - 1, loc=mean, scale=stats.sem(differences)
        )
        p_value = stats.wilcoxon(differences).pvalue
    return Row(
        setting=name,
        median_ms=float(np.median(times)),
        p95_ms=float(np.percentile(times, 95)),
        max_ms=float(times.max()),
        mean_best=float(best.mean()),
        sd_best=float(best.std(ddof=1)),
        difference=mean,
        low=float(low),
        high=float(high),
        p_value=float(p_value),
    )


def print_table(rows: list[Row]) -> None:
    """Print the rows as a Markdown table."""
    print("| setting | median ms | p95 ms | max ms | best (sd) | difference (95 %) | p |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.setting} | {row.median_ms:.1f} | {row.p95_ms:.1f} | {row.max_ms:.0f} "
            f"| {row.mean_best:.3f} ({row.sd_best:.3f}) "
            f"| {row.difference:+.3f} ({row.low:+.3f} … {row.high:+.3f}) | {row.p_value:.2f} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=60, help="a third is the initial design")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    logging.getLogger("deephyper").setLevel(logging.ERROR)
    # As the backend's master does.
    gc.freeze()
    rows = measure(options.seeds, options.trials)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print_table(rows)


if __name__ == "__main__":
    main()
