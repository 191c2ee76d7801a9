"""Exports a run to MLflow: a parent run for the search, and a nested one for each trial."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.errors import EngineMissing, RequestError
from harness.export.finished_run import FinishedRun
from harness.records.happenings import EPOCH_FIELDS

if TYPE_CHECKING:
    from mlflow import MlflowClient

DATABASE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
"""Endings of files that become a SQLite database; others become MLflow's file store."""

FILE_STORE_SWITCH = "MLFLOW_ALLOW_FILE_STORE"
"""MLflow opens its file store only where this variable is ``true``."""

RUN_TAG = "hpo_harness.run_id"

_EPOCH_METRICS = tuple(field.name for field in EPOCH_FIELDS if field.metadata["exported"])
_BATCH = 1000


def export_to_mlflow(run: FinishedRun, out: Path) -> str:
    """Add a run to an MLflow store, in the experiment named after its workload.

    The search is a run that carries the summary: its settings as parameters,
    its numbers and its ledger as metrics. Each trial is a run nested in it,
    with the configuration as parameters and one metric value an epoch.

    Parameters
    ----------
    run
        The run.
    out
        MLflow's file store, a directory; or, if it ends in ``.db``,
        ``.sqlite`` or ``.sqlite3``, a SQLite database. Created if absent.

    Returns
    -------
    str
        The command that opens it.

    Raises
    ------
    EngineMissing
        If MLflow is not installed.
    RequestError
        If the store cannot be used, or holds the run already.
    """
    try:
        import mlflow
    except ImportError:
        raise EngineMissing(
            "An MLflow store needs mlflow: pip install 'hpo-harness[mlflow]'"
        ) from None
    database = out.suffix in DATABASE_SUFFIXES
    if not out.parent.is_dir() or (out.exists() and out.is_dir() == database):
        raise RequestError(f"'{out}' cannot be {'a database' if database else 'a store'} here.")
    uri = f"sqlite:///{out.absolute()}" if database else out.absolute().as_uri()
    try:
        with _file_store_allowed():
            _write(run, mlflow.MlflowClient(tracking_uri=uri))
    except (mlflow.exceptions.MlflowException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RequestError(f"'{out}' cannot be used as an MLflow store: {reason}") from None
    prefix = "" if database else f"{FILE_STORE_SWITCH}=true "
    return f"{prefix}mlflow ui --backend-store-uri {uri if database else out}"


def _write(run: FinishedRun, client: MlflowClient) -> None:
    name = str(run.summary["workload"])
    found = client.get_experiment_by_name(name)
    experiment = found.experiment_id if found is not None else client.create_experiment(name)
    if client.search_runs([experiment], f"tags.{RUN_TAG} = '{run.run_id}'", max_results=1):
        raise RequestError(f"The store holds the run '{run.run_id}' already.")
    parent = _start(client, experiment, run.run_id, run.moment(0.0), {RUN_TAG: run.run_id})
    settings, numbers = _split(run.summary)
    end = _milliseconds(run.moment(run.summary["runtime_s"]))
    _log(client, parent, settings, [(key, value, end, 0) for key, value in numbers.items()])
    for trial, epochs in run.each_trial():
        _write_trial(run, client, experiment, parent, trial, epochs)
    finished = run.summary["status"] == "completed"
    client.set_terminated(parent, "FINISHED" if finished else "KILLED", end)


def _write_trial(
    run: FinishedRun,
    client: MlflowClient,
    experiment: str,
    parent: str,
    trial: dict[str, Any],
    epochs: pd.DataFrame,
) -> None:
    facts = ("trial_id", "number", "member", "status", "reason", "error", "worker")
    tags = {
        "mlflow.parentRunId": parent,
        **{name: str(trial[name])[:5000] for name in facts if trial[name] is not None},
    }
    if trial["parent_trial_id"] is not None:
        tags["parent"] = f"{trial['parent_trial_id']} epoch {trial['parent_epoch']}"
    name = trial["trial_id"]
    run_id = _start(client, experiment, name, run.moment(trial["start_s"]), tags)
    metrics = [
        (metric, float(row[metric]), _milliseconds(run.moment(row["end_s"])), int(row["epoch"]))
        for row in epochs.to_dict("records")
        for metric in _EPOCH_METRICS
    ]
    end = _milliseconds(run.moment(trial["end_s"]))
    if trial["best_value"] is not None:
        metrics.append(("best_value", float(trial["best_value"]), end, int(trial["epochs"])))
    _log(client, run_id, trial["config"], metrics)
    ended = {"completed": "FINISHED", "stopped": "KILLED"}.get(trial["status"], "FAILED")
    client.set_terminated(run_id, ended, end)


def _start(
    client: MlflowClient, experiment: str, name: str, began: float, tags: dict[str, str]
) -> str:
    run = client.create_run(experiment, start_time=_milliseconds(began), tags=tags, run_name=name)
    return str(run.info.run_id)


def _log(
    client: MlflowClient,
    run_id: str,
    parameters: Mapping[str, Any],
    metrics: list[tuple[str, float, int, int]],
) -> None:
    from mlflow.entities import Metric, Param

    client.log_batch(run_id, params=[Param(key, str(value)) for key, value in parameters.items()])
    for first in range(0, len(metrics), _BATCH):
        client.log_batch(run_id, metrics=[Metric(*m) for m in metrics[first : first + _BATCH]])


def _split(summary: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the settings and the measured numbers of a summary."""
    measured = {"trials", "failed_trials", "epochs", "runtime_s", "startup_s", "best_value"}
    measured |= {"test_value", "test_value_fp32", "utilisation"}
    numbers = {key: float(summary[key]) for key in measured if summary.get(key) is not None}
    numbers.update({f"ledger.{kind}": seconds for kind, seconds in summary["ledger"].items()})
    settings = {
        key: value
        for key, value in summary.items()
        if key not in measured and isinstance(value, str | int)
    }
    settings.update({f"best.{k}": v for k, v in (summary["best_config"] or {}).items()})
    return settings, numbers


def _milliseconds(seconds: float) -> int:
    return round(1000 * seconds)


@contextmanager
def _file_store_allowed() -> Iterator[None]:
    before = os.environ.get(FILE_STORE_SWITCH)
    os.environ[FILE_STORE_SWITCH] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[FILE_STORE_SWITCH]
        else:
            os.environ[FILE_STORE_SWITCH] = before
