"""How much of the speed-up that AMP gives a training is left in a search.

Searches in FP32 and in AMP take turns. Their networks are of one size and their values
are scripted, so that both train the same; runtimes are compared per epoch trained.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.alternation import alternate, paired_ratios
from benchmarks.baseline.options import BaselineOptions
from benchmarks.conditions import Conditions
from benchmarks.harness_run import FinishedSearch, SearchRequest, run_search
from benchmarks.measured import Measured, Target, median_of
from benchmarks.side_by_side import training_speed_up

NAME = "amp-search"
WORKERS = {"cpu": 2, "cuda": 1}
LARGE_STATE = 30 * 10**6


@dataclass(frozen=True)
class Search:
    """One line of the row.

    Attributes
    ----------
    backend, algo
        What searches.
    target
        What the ratio must reach.
    ballast_bytes
        What is added to the state of a trial.
    epochs
        The length of a whole training.
    trials
        Trials, or members of a population.
    """

    backend: str
    algo: str
    target: Target
    ballast_bytes: int = 0
    epochs: int = 4
    trials: int = 8

    @property
    def subject(self) -> str:
        """Its name in the table."""
        return f"{self.backend} {self.algo}" + (", 30 MB state" if self.ballast_bytes else "")


SEARCHES = (
    *(
        # Tune's start takes as long in either precision; whole trainings outweigh it. Who comes
        # first decides in `asha`; over many trials that evens out.
        Search("ray", algo, Target(0.95, "at least"), epochs=12, trials=trials)
        for algo, trials in (("rand", 8), ("asha", 32), ("bohb", 8))
    ),
    *(Search(backend, "pbt", Target(0.90, "at least")) for backend in ("ray", "propulate")),
    *(
        Search(backend, "pbt", Target(0.85, "at least"), LARGE_STATE)
        for backend in ("ray", "propulate")
    ),
)


def measure(conditions: Conditions) -> list[Measured]:
    """Measure the training's speed-up, then every search."""
    rounds = 1 if conditions.quick else 9
    speed_ups = training_speed_up(training_options(conditions), rounds)
    one_training = median_of(NAME, "one training, FP32 ÷ AMP", speed_ups)
    searches = [compare(conditions, search, one_training.value) for search in SEARCHES]
    return [one_training, *searches]


def training_options(conditions: Conditions) -> BaselineOptions:
    """Return the training that all searches are compared with."""
    return BaselineOptions(
        trials=1,
        epochs=100,
        workers=WORKERS[conditions.device],
        seed=0,
        precision="fp32",
        data=conditions.data,
        workload=workload_options(conditions),
        out=_folder(conditions, "training"),
        device=conditions.device,
    )


def compare(conditions: Conditions, search: Search, training: float) -> Measured:
    """Measure one search's speed-up over that of one training."""
    folder = _folder(conditions, search.subject.replace(" ", "-"))
    subjects = {
        precision: partial(_run, conditions, search, precision, folder)
        for precision in ("fp32", "amp")
    }
    rounds = alternate(subjects, conditions.rounds)
    speed_ups = paired_ratios(rounds, "fp32", "amp", lambda run: run.epoch_s)
    return median_of(
        NAME,
        search.subject,
        [speed_up / training for speed_up in speed_ups],
        target=search.target,
        details={
            "search_speed_up": statistics.median(speed_ups),
            "training_speed_up": training,
            **{f"epochs_{name}": float(run.summary["epochs"]) for name, run in rounds[0].items()},
            **{
                f"utilisation_{name}": run.summary["utilisation"] for name, run in rounds[0].items()
            },
            **_ledger_per_epoch(rounds[0]["amp"]),
        },
    )


def workload_options(conditions: Conditions) -> dict[str, Any]:
    """Return the options of the workload: an epoch in AMP takes most of a second."""
    if conditions.quick:
        return {"images": 100, "test_images": 20, "width": 8, "batch_size": 32}
    if conditions.device == "cuda":
        return {"images": 30_000, "test_images": 1_000, "width": 64, "batch_size": 1_024}
    return {"images": 320, "test_images": 100}


def _run(conditions: Conditions, search: Search, precision: str, folder: Path) -> FinishedSearch:
    trials, epochs = (4, 2) if conditions.quick else (search.trials, search.epochs)
    options = {**workload_options(conditions), "ballast_bytes": search.ballast_bytes}
    request = SearchRequest(
        search.backend,
        search.algo,
        "benchmarks.scripted_cifar10:ScriptedCifar10",
        precision=precision,
        workers=WORKERS[conditions.device],
        trials=trials,
        epochs=epochs,
        data=conditions.data,
        settings={
            "device": conditions.device,
            "checkpoint_interval": 1,
            "reduction_factor": 2,
            **{f"workload_options.{name}": value for name, value in options.items()},
        },
    )
    return run_search(request, folder / f"{precision}-{len(list(folder.glob(f'{precision}-*')))}")


def _ledger_per_epoch(run: FinishedSearch) -> dict[str, float]:
    ledger, epochs = run.summary["ledger"], run.summary["epochs"]
    return {f"amp_{kind}_ms_per_epoch": 1e3 * s / epochs for kind, s in ledger.items()}


def _folder(conditions: Conditions, name: str) -> Path:
    folder = conditions.scratch / f"amp-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
