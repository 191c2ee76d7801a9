"""Writes run directories of searches that never ran, for tests and measurements of readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.config import ResolvedConfig, resolved_config
from harness.records.costs import Allocation, costs_of
from harness.records.directory import RunDirectory, create_run_directory, write_json, write_yaml
from harness.records.fold import RunTables, with_best_values
from harness.records.schema import EPOCHS, FORMAT_VERSION, SPANS, TRIALS, build_table
from harness.records.summary import summarise
from harness.search.finish import write_tables
from harness.testing.synthetic_search import SyntheticRun, SyntheticSearch
from harness.workload import Metric

_SPACE = {
    "hyperparameters": [
        {"name": "lr", "type": "uniform_float", "lower": 1e-4, "upper": 1.0, "log": True},
        {"name": "weight_decay", "type": "uniform_float", "lower": 0.0, "upper": 0.1},
    ],
    "conditions": [],
    "forbiddens": [],
}


def write_synthetic_run(path: Path, run: SyntheticRun) -> RunDirectory:
    """Write the run directory of a reckoned search; its launch line says that it is none.

    Raises
    ------
    RequestError
        If the path holds something already, or cannot be written.
    """
    directory = create_run_directory(path)
    search = SyntheticSearch(run)
    config = _config(run)
    metric = Metric(run.metric, run.mode)
    tables = _tables(search, directory.run_id, metric)
    hardware = _hardware(run)
    write_json(
        directory.environment,
        {
            "python": "3.11.0",
            "host": "synthetic",
            "versions": {"hpo-harness": "0", "torch": "0"},
            "git_revision": None,
            "hardware": hardware,
            "arithmetic": run.arithmetic,
            "launch": "synthetic records; nothing was trained",
            "warnings": [],
            "space": _SPACE,
        },
    )
    write_yaml(directory.config, config.to_plain())
    write_tables(tables, directory)
    summary = summarise(
        config,
        tables,
        metric,
        directory.run_id,
        "completed",
        hardware,
        1.0,
        None,
        warnings=("Computed in float32 and rounded.",) if run.arithmetic == "emulated" else (),
        arithmetic=run.arithmetic,
    )
    shift = -0.01 if run.mode == "max" else 0.01
    best = summary["best_value"]
    tested = None if best is None else best + shift
    summary.update(
        format=FORMAT_VERSION,
        test_value=tested,
        test_value_fp32=None if tested is None else tested + run.evaluation_shift,
        test_samples=run.test_samples,
        first_error=None,
        engine_patches=[],
    )
    if run.gpus is not None:
        held = Allocation(run.workers, 1, masters=1, threads=1, gpus=run.gpus)
        allocated = {"allocation": held.to_plain()}
        summary |= costs_of(allocated, summary["ledger"], summary["runtime_s"], 1.0)
    write_json(directory.summary, summary)
    return directory


def _config(run: SyntheticRun) -> ResolvedConfig:
    return resolved_config(
        {
            "backend": run.backend,
            "algo": run.algo,
            "workload": run.workload,
            "precision": run.precision,
            "seed": run.seed,
            "training_seed": run.training_seed,
            "workers": run.workers,
            "trials": run.trials,
            "epochs": run.epochs,
            "checkpoint_interval": run.checkpoint_interval,
            "grace_epochs": 1,
            "population": run.trials,
            "threads": 1,
        }
    )


def _tables(search: SyntheticSearch, run_id: str, metric: Metric) -> RunTables:
    def table(rows: list[dict[str, Any]], columns: dict[str, str]) -> Any:
        return build_table(({"run_id": run_id, **row} for row in rows), columns)

    epochs = table(search.epoch_rows, EPOCHS).sort_values(["end_s", "trial_id"], ignore_index=True)
    trials = with_best_values(table(search.trial_rows, TRIALS), epochs, metric.mode)
    spans = table(search.span_rows, SPANS)
    return RunTables(trials, epochs, spans, 0.0, search.runtime_s, ended=True)


def _hardware(run: SyntheticRun) -> dict[str, Any]:
    return {
        "cpu": run.cpu,
        "cores": 2,
        "memory_bytes": 8 * 2**30,
        "cpu_has_bf16": True,
        "cpu_has_fp16": False,
        "gpus": [],
    }
