"""What a report is about: the runs, in groups, as frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from harness.comparison.grouping import Difference, Group, group_runs
from harness.figures.run_picture import plugin_label
from harness.load.discovery import Skipped, discover, read_from
from harness.load.frames import label_runs
from harness.load.recorded_run import RecordedRun, UnusableRun
from harness.load.tables import check_trials_exist, read_table
from harness.report.study_settings import margins_of, stopped_by_results
from harness.statistics.margins import Margins

FULL_PRECISION = "fp32"
"""What other precisions are compared with unless a report is asked for another."""

_PRECISIONS = ("fp32", "tf32", "amp", "amp-fp16", "amp-bf16")
_ALGORITHMS = ("rand", "asha", "bohb", "pbt")
_EPOCH_COLUMNS = (
    "trial_id",
    "epoch",
    "end_s",
    "train_s",
    "validate_s",
    "value",
    "skipped_steps",
)
_BUDGET = ("trials", "epochs", "time_limit")
_SEEDS = ("search_seed", "split_seed", "training_seed")
_TRIAL_COLUMNS = ("trial_id", "number", "status", "config", "best_value", "parameters", "origin")


@dataclass(frozen=True)
class Collection:
    """The runs of a report.

    Attributes
    ----------
    runs
        The whole runs, in the order of their paths.
    skipped
        The directories left out, each with the reason.
    differences
        In what the runs of each workload differ.
    table
        One row a run. ``run`` is its index in `runs`, ``label`` its name,
        ``group`` the number of its group; ``problem`` is the workload with its
        conditions, ``search`` the backend, algorithm and variant; then the
        group's fields, and the numbers of the summary. ``emulated`` says that a run
        computed its precision in float32 and rounded; its times are NaN, for they are
        not those of the precision. ``block`` names what the run drew: runs of one block
        are compared with one another. ``epoch_s`` is the worker-seconds of an epoch.
    epochs
        One row an epoch of a completed or stopped trial, with ``run``.
    trials
        One row a completed or stopped trial, with ``run``.
    origins
        How many trials (`trials`) of each `run` have which `origin`, whatever became of
        them; nothing of runs that do not say.
    baseline
        The precision that others are compared with.
    margins
        What counts as no difference.
    sequential
        Whether the number of seeds followed from the results.
    """

    runs: tuple[RecordedRun, ...]
    skipped: tuple[Skipped, ...]
    differences: tuple[Difference, ...]
    table: pd.DataFrame
    epochs: pd.DataFrame
    trials: pd.DataFrame
    origins: pd.DataFrame
    baseline: str = FULL_PRECISION
    margins: Margins = field(default_factory=Margins)
    sequential: bool = False

    @property
    def timed(self) -> pd.DataFrame:
        """The rows of `table` whose times are those of their precision."""
        return self.table[~self.table["emulated"]]

    def of(self, table: pd.DataFrame) -> list[RecordedRun]:
        """Return the runs that some rows of `table` stand for."""
        return [self.runs[index] for index in table["run"]]


def collect(paths: Iterable[Path], baseline: str = FULL_PRECISION) -> Collection:
    """Read the runs below some paths.

    Parameters
    ----------
    paths
        Run directories, or folders that contain them.
    baseline
        The precision that others are compared with.

    Raises
    ------
    RequestError
        If a path does not exist, or there is no whole run below any of them.
    """
    found, (trials, epochs) = read_from(discover(paths), _rows)
    grouping = group_runs(found.runs)
    succeeded = trials[trials["status"].isin(["completed", "stopped"])]
    return Collection(
        runs=found.runs,
        skipped=found.skipped,
        differences=grouping.differences,
        table=_runs_table(found.runs, grouping.groups),
        epochs=epochs,
        trials=_with_index(succeeded).reset_index(drop=True),
        origins=_origins(_with_index(trials)),
        baseline=baseline,
        margins=margins_of(found.runs),
        sequential=stopped_by_results(found.runs),
    )


def _rows(runs: Sequence[RecordedRun]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of all trials, and of the epochs of those that did not fail."""
    indices = [str(index) for index in range(len(runs))]
    trials = read_table(runs, indices, "trials", _TRIAL_COLUMNS)
    epochs = read_table(runs, indices, "epochs", _EPOCH_COLUMNS)
    check_trials_exist(runs, trials, epochs)
    succeeded = _of_succeeded(_with_index(epochs), trials)
    _check_values(runs, succeeded)
    return trials, succeeded


def _check_values(runs: Sequence[RecordedRun], epochs: pd.DataFrame) -> None:
    valued = set(epochs.loc[epochs["value"].notna(), "run"].unique())
    for index, run in enumerate(runs):
        if index not in valued:
            raise UnusableRun(
                run.path,
                "epochs.parquet has no value of a trial that succeeded, and summary.json has "
                f"'best_value' {run.summary['best_value']:g}",
            )


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace the labels of the runs, which are their indices, by numbers."""
    return frame.assign(run=frame["run"].cat.codes.astype("int64"))


def _origins(trials: pd.DataFrame) -> pd.DataFrame:
    told = trials[["run", "origin"]].dropna().astype({"origin": str})
    return told.value_counts().rename("trials").reset_index()


def _of_succeeded(epochs: pd.DataFrame, trials: pd.DataFrame) -> pd.DataFrame:
    """Drop the epochs of trials that failed: they are no part of the result."""
    failed = trials[~trials["status"].isin(["completed", "stopped"])]
    if failed.empty:
        return epochs
    keys = pd.MultiIndex.from_arrays([failed["run"].cat.codes, failed["trial_id"].astype(str)])
    own = pd.MultiIndex.from_arrays([epochs["run"], epochs["trial_id"].astype(str)])
    return epochs[~own.isin(keys)].reset_index(drop=True)


def _runs_table(runs: Sequence[RecordedRun], groups: Sequence[Group]) -> pd.DataFrame:
    index = {run.path: number for number, run in enumerate(runs)}
    labels = label_runs(runs)
    rows = [
        {
            "run": index[run.path],
            "label": labels[index[run.path]],
            **_group_fields(group),
            **_numbers(run),
        }
        for group in groups
        for run in group.runs
    ]
    table = pd.DataFrame(rows)
    table["backend"] = _short(table["backend"])
    table["problem"] = _joined(_short(table["workload"]), table["conditions"])
    table["workload"] = _short(table["workload"])
    table["search"] = _joined(table["backend"] + " " + table["algo"], table["variant"])
    ordered = table.sort_values(
        ["problem", "backend", "algo", "variant", "precision", "seed", "run"], key=_order
    ).reset_index(drop=True)
    ordered["epoch_s"] = ordered["runtime_s"] * ordered["workers"] / ordered["epochs"]
    ordered["launch_s"] = ordered["runtime_s"] + ordered["startup_s"]
    identity = ["problem", "metric", "mode", "search", "precision"]
    ordered["group"] = ordered.groupby(identity, sort=False).ngroup()
    return ordered


def _order(column: pd.Series) -> pd.Series:
    """Sort algorithms and precisions as they are listed above, variants by their length."""
    known = {"algo": _ALGORITHMS, "precision": _PRECISIONS}.get(str(column.name))
    if known is not None:
        places = {name: f"{place:02d}" for place, name in enumerate(known)}
        return column.map(lambda name: places.get(name, f"99{name}"))
    if column.name == "variant":
        return column.map(lambda text: f"{len(text):03d}{text}")
    return column


def _group_fields(group: Group) -> dict[str, Any]:
    return {name: value for name, value in vars(group).items() if name != "runs"}


def _numbers(run: RecordedRun) -> dict[str, Any]:
    summary = run.summary
    test = summary["test_value"]
    emulated = summary.get("arithmetic") == "emulated"
    return {
        "emulated": emulated,
        "seed": int(summary["seed"]),
        "block": _block(run),
        "drawn": f"{_drawn(run, 'search_seed')} {_drawn(run, 'split_seed')}",
        "budget": ", ".join(str(run.config.get(name)) for name in _BUDGET),
        "runtime_s": math.nan if emulated else float(summary["runtime_s"]),
        "startup_s": _known(summary.get("startup_s"), emulated),
        "processor_hours": _known(summary.get("processor_hours"), emulated),
        "gpu_hours": _known(summary.get("gpu_hours"), emulated),
        "workers": int(summary["workers"]),
        "test_value": float("nan") if test is None else float(test),
        "test_value_fp32": _in_fp32(run),
        "test_samples": _known(summary.get("test_samples"), emulated=False),
        "best_value": float(summary["best_value"]),
        "utilisation": math.nan if emulated else float(summary["utilisation"]),
        "trials": int(summary["trials"]),
        "failed_trials": int(summary.get("failed_trials", 0)),
        "epochs": int(summary["epochs"]),
        "checkpoint_interval": int(run.config.get("checkpoint_interval") or 1),
        **{
            f"ledger_{kind}": math.nan if emulated else float(seconds)
            for kind, seconds in summary["ledger"].items()
        },
    }


def _in_fp32(run: RecordedRun) -> float:
    """Return the test metric as evaluated in FP32; earlier releases evaluated FP32 alone so."""
    in_own = run.summary["test_value"] if run.summary["precision"] == FULL_PRECISION else None
    return _known(run.summary.get("test_value_fp32", in_own), emulated=False)


def _known(value: float | None, emulated: bool) -> float:
    return math.nan if value is None or emulated else float(value)


def _block(run: RecordedRun) -> str:
    """Name what a run drew: its seed, and those of its seeds that differ from it."""
    seed = int(run.summary["seed"])
    own = {name: run.config.get(name) for name in _SEEDS}
    others = [
        f"{name.removesuffix('_seed')} {value}"
        for name, value in own.items()
        if value is not None and value != seed
    ]
    return ", ".join([str(seed), *others])


def _drawn(run: RecordedRun, name: str) -> int:
    own = run.config.get(name)
    return int(run.summary["seed"] if own is None else own)


def _short(names: pd.Series) -> pd.Series:
    """Shorten import paths to their classes, unless two of them would look alike."""
    short = {name: plugin_label(name) for name in names.unique()}
    return names if len(set(short.values())) < len(short) else names.map(short)


def _joined(names: pd.Series, additions: pd.Series) -> pd.Series:
    return names + additions.map(lambda text: f" · {text}" if text else "")
