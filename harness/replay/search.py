"""Replays one search: the real engine, virtual time, and a record as of any run."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.backend import SearchContext
from harness.load.run_records import fold_run
from harness.machine.arithmetic import Arithmetic
from harness.machine.environment import describe_environment
from harness.machine.hardware import detect_hardware
from harness.records.directory import RunDirectory, create_run_directory, write_json, write_yaml
from harness.records.summary import best_trial, summarise
from harness.replay.curve import CurveSource
from harness.replay.objective import ReplayObjectiveSpec, ReplaySettings
from harness.replay.records import FILE, VirtualLog, VirtualRecorder
from harness.replay.request import ResolvedReplay
from harness.replay.stage import build_stage
from harness.search.finish import first_error, write_tables
from harness.space import describe_space
from harness.trials.objective_spec import ObjectiveSpec

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


@dataclass(frozen=True)
class Origin:
    """Where a replay's trainings come from, for its record.

    Attributes
    ----------
    source
        Gives the trainings.
    configurations
        The configurations of the search, which the seed determines.
    described
        What the record says of them.
    hardware
        The machine whose times they are.
    arithmetic
        How it computed in the precision.
    space
        What the algorithm searches.
    """

    source: CurveSource
    configurations: list[dict[str, Any]]
    described: Mapping[str, Any]
    hardware: dict[str, Any]
    space: ConfigurationSpace
    arithmetic: Arithmetic = "native"


def replay(resolved: ResolvedReplay, origin: Origin, path: Path) -> dict[str, Any]:
    """Replay one search into a new run directory.

    Parameters
    ----------
    resolved
        The search.
    origin
        Its trainings.
    path
        The run directory.

    Returns
    -------
    dict
        What ``summary.json`` holds.
    """
    directory = create_run_directory(path)
    _describe(resolved, origin, directory)
    run_in_virtual_time(resolved, origin, directory)
    return _finish(resolved, origin, directory)


def run_in_virtual_time(resolved: ResolvedReplay, origin: Origin, directory: RunDirectory) -> Path:
    """Have the engine search, and return the event log that it leaves."""
    stage = build_stage(resolved.spec.workers, resolved.costs)
    settings = ReplaySettings(
        origin.source, stage, resolved.workload, resolved.config.seed, resolved.speed
    )
    with VirtualLog(directory.events) as log:
        recorder = VirtualRecorder(
            directory.events,
            workers=resolved.spec.workers,
            log=log,
            clock=stage.clock,
            closing_s=resolved.costs.closing_s,
        )
        context = SearchContext(
            spec=resolved.spec,
            space=origin.space,
            configurations=origin.configurations,
            objective=_objective(resolved, settings, directory),
            recorder=recorder,
            directory=directory.path.resolve(),
        )
        resolved.backend.replay(context, stage)
    _drop_empty(directory)
    return directory.events / FILE


def _describe(resolved: ResolvedReplay, origin: Origin, directory: RunDirectory) -> None:
    write_yaml(directory.config, resolved.config.to_plain())
    write_json(
        directory.environment,
        {
            **describe_environment(detect_hardware(), sys.argv),
            "virtual": True,
            "replay": _replay_entry(resolved, origin),
            "arithmetic": origin.arithmetic,
            "warnings": list(resolved.warnings),
            "space": describe_space(origin.space),
        },
    )


def _replay_entry(resolved: ResolvedReplay, origin: Origin) -> dict[str, Any]:
    return {**origin.described, "costs": resolved.costs.scenario, "speed": resolved.speed}


def _objective(
    resolved: ResolvedReplay, settings: ReplaySettings, directory: RunDirectory
) -> ObjectiveSpec:
    config = resolved.config
    return ReplayObjectiveSpec(
        workload=config.workload,
        workload_options=config.workload_options,
        precision=config.precision,
        seed=config.seed,
        max_epochs=resolved.spec.max_epochs,
        data=None,
        threads=1,
        device="cpu",
        batch_scaling=config.batch_scaling,
        checkpoints=directory.checkpoints.resolve(),
        checkpoint_interval=config.checkpoint_interval,
        settings=settings,
    )


def _drop_empty(directory: RunDirectory) -> None:
    """Remove the folders of states: a replay has none."""
    for folder in (directory.incumbents, directory.checkpoints, directory.path / "engine"):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _finish(resolved: ResolvedReplay, origin: Origin, directory: RunDirectory) -> dict[str, Any]:
    config, metric = resolved.config, resolved.workload.metric
    tables = fold_run(config, directory, metric, closed=True)
    write_tables(tables, directory)
    best = best_trial(tables.trials, metric.mode)
    test_value = None
    if best is not None:
        own = tables.epochs[tables.epochs["trial_id"] == best["trial_id"]]
        first = own[own["value"] == best["best_value"]]["epoch"].min()
        tested = origin.source.test_value(
            str(best["trial_id"]),
            json.loads(best["config"]),
            int(best["number"]),
            config.seed,
            int(first),
        )
        test_value = tested if math.isfinite(tested) else None
    summary = summarise(
        config,
        tables,
        metric,
        directory.run_id,
        "completed",
        origin.hardware,
        resolved.costs.startup_s,
        test_value,
        resolved.warnings,
        origin.arithmetic,
    )
    summary |= {"virtual": True, "replay": _replay_entry(resolved, origin), "sessions": 1}
    summary |= {"unfinished_trials": 0, "first_error": first_error(tables.trials)}
    write_json(directory.summary, summary)
    return summary
