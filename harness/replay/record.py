"""Records trainings into a table: each whole, alone on the machine, and never twice."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.checkpoints.file import Checkpoint, write_checkpoint
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware, usable_cores
from harness.plugins.loading import load_workload
from harness.precision import resolve_precision
from harness.replay.differences import difference
from harness.replay.place import check_place
from harness.replay.plan_of_recording import Recording
from harness.replay.table import COLUMNS, About
from harness.replay.table_file import read_about, read_rows, write_table
from harness.space import describe_space
from harness.training.metric_value import metric_value
from harness.trial import numbered_trial
from harness.trials.objective_spec import ObjectiveSpec

if TYPE_CHECKING:
    from harness.trials.objective import Objective
    from harness.workload import Training

Tell = Callable[[str], None]


def record(recording: Recording, out: Path, tell: Tell) -> int:
    """Record what a table lacks, and write it.

    Each training is appended to a file beside the table when it is whole; the same
    command goes on with a recording that was cut off, and adds what a study names now to
    a table that is there.

    Parameters
    ----------
    recording
        What to record.
    out
        The table.
    tell
        Takes lines for the user.

    Returns
    -------
    int
        How many trainings the table holds.

    Raises
    ------
    RequestError
        If the table, or the beginning of one, is of another recording, or cannot be
        written.
    """
    check_place(out)
    partial = out.with_name(f"{out.name}.recording.jsonl")
    known = {"about": dataclasses.asdict(about_of(recording))}
    rows = _of_table(out, recording)
    begun = _recorded(partial, known, recording)
    rows += begun
    done = {(row["precision"], row["seed"], row["number"]) for row in rows}
    tell(f"{len(done)} of {_count(recording)} trainings are recorded")
    with partial.open("a", encoding="utf-8") as file:
        if not begun and file.tell() == 0:
            file.write(json.dumps(known) + "\n")
        for own in _trainings(recording, done, tell):
            file.write(json.dumps(own) + "\n")
            file.flush()
            rows += own
    write_table(out, about_of(recording), pd.DataFrame(rows, columns=list(COLUMNS)))
    partial.unlink()
    return _count(recording)


def about_of(recording: Recording) -> About:
    """Return what the table of a recording says of itself."""
    config = recording.config
    workload = load_workload(config.workload, config.workload_options)
    return About(
        workload=config.workload,
        workload_options=workload.options.model_dump(mode="json"),
        metric=workload.metric.name,
        mode=workload.metric.mode,
        epochs=recording.epochs,
        space=describe_space(workload.space()),
    )


def _count(recording: Recording) -> int:
    return len(recording.precisions) * len(recording.seeds) * len(recording.configurations)


def _of_table(out: Path, recording: Recording) -> list[dict[str, Any]]:
    """Return the rows of a table that is there; none of them may get lost."""
    if not out.is_file():
        return []
    same = difference(read_about(out), about_of(recording)) is None
    rows: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()}
        for row in read_rows(out).to_dict("records")
    ]
    if not same or not all(_is_named(row, recording) for row in rows):
        raise RequestError(
            f"'{out}' holds trainings that this study does not name; give another --out."
        )
    return rows


def _is_named(row: Mapping[str, Any], recording: Recording) -> bool:
    return (
        row["ranks"] == 1
        and row["precision"] in recording.precisions
        and row["seed"] in recording.seeds
        and json.loads(row["config"]) == _plain(recording, row["number"])
    )


def _recorded(partial: Path, known: dict[str, Any], recording: Recording) -> list[dict[str, Any]]:
    if not partial.is_file():
        return []
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(partial.read_text(encoding="utf-8").splitlines()):
        try:
            held = json.loads(line)
        except ValueError:
            # The process died while it wrote.
            continue
        if number == 0:
            if json.loads(json.dumps(known)) != held:
                raise RequestError(
                    f"'{partial}' is the beginning of another recording; remove it, or give "
                    "another --out."
                )
            continue
        first = held[0]
        if json.loads(first["config"]) == _plain(recording, first["number"]):
            rows += held
    return rows


def _plain(recording: Recording, number: int) -> Any:
    if number >= len(recording.configurations):
        return None
    return json.loads(json.dumps(dict(recording.configurations[number])))


def _trainings(
    recording: Recording, done: set[tuple[str, int, int]], tell: Tell
) -> Iterator[list[dict[str, Any]]]:
    left = _count(recording) - len(done)
    began, made = time.monotonic(), 0
    for precision in recording.precisions:
        for seed in recording.seeds:
            numbers = [
                number
                for number in range(len(recording.configurations))
                if (precision, seed, number) not in done
            ]
            if not numbers:
                continue
            objective = objective_of(recording, precision, seed)
            for number in numbers:
                yield _train(recording, objective, precision, seed, number)
                made += 1
                per_training = (time.monotonic() - began) / made
                minutes = per_training * (left - made) / 60
                tell(
                    f"{precision}, seed {seed}, configuration {number}: recorded "
                    f"({left - made} left, about {minutes:.0f} min)"
                )


def objective_of(recording: Recording, precision: str, seed: int) -> Objective:
    """Return what a recording trains with, in a precision and with a seed."""
    config, root = recording.config, os.environ.get("HARNESS_DATA")
    spec = ObjectiveSpec(
        workload=config.workload,
        workload_options=config.workload_options,
        precision=precision,
        seed=seed,
        max_epochs=recording.epochs,
        data=config.data or (Path(root) if root else None),
        threads=config.threads or usable_cores(),
        device=config.device,
        batch_scaling=config.batch_scaling,
        checkpoints=Path("never-written"),
        arithmetic=config.arithmetic,
    )
    return spec.prepare()


def _train(
    recording: Recording, objective: Objective, precision: str, seed: int, number: int
) -> list[dict[str, Any]]:
    config = recording.configurations[number]
    began = time.perf_counter()
    training = objective.build(numbered_trial(number, config))
    common = {
        "precision": precision,
        "ranks": 1,
        "number": number,
        "seed": seed,
        "config": json.dumps(dict(config)),
        "setup_s": time.perf_counter() - began,
        "parameters": training.parameters,
        **_machine(objective, precision),
    }
    rows: list[dict[str, Any]] = []
    failed_epoch = 0
    for epoch in range(1, recording.epochs + 1):
        row = dict(_NOTHING) if failed_epoch else _epoch(training)
        if not failed_epoch and not math.isfinite(row["value"]):
            failed_epoch = epoch
        rows.append({**common, "epoch": epoch, **row})
    seconds, size = _state_cost(training, config)
    told = {"checkpoint_s": seconds, "state_bytes": size, "failed_epoch": failed_epoch}
    return [{**row, **told} for row in rows]


_NOTHING: dict[str, Any] = {
    "value": math.nan,
    "test_value": math.nan,
    "train_loss": math.nan,
    "train_s": 0.0,
    "data_wait_s": 0.0,
    "validate_s": 0.0,
    "samples": 0,
}


def _epoch(training: Training) -> dict[str, Any]:
    """Train and validate an epoch; what fails in a trial gives no value here."""
    began = time.perf_counter()
    result = training.train_epoch()
    trained = time.perf_counter()
    row = {
        **_NOTHING,
        "train_loss": result.train_loss,
        "train_s": trained - began - result.data_wait_s,
        "data_wait_s": result.data_wait_s,
        "samples": result.samples,
    }
    if not math.isfinite(result.train_loss):
        return row
    row["value"] = metric_value(training.validate(), "validate()")
    row["validate_s"] = time.perf_counter() - trained
    # Off the clock, as the test of a search is.
    row["test_value"] = metric_value(training.test(), "test()")
    return row


def _machine(objective: Objective, precision: str) -> dict[str, Any]:
    hardware, spec = detect_hardware(), objective.spec
    on = "cuda" if hardware.gpus and spec.device != "cpu" else "cpu"
    resolved = resolve_precision(precision, on, hardware, spec.arithmetic)
    described = {**hardware.to_json(), "threads": spec.threads, "device": on}
    return {"arithmetic": resolved.arithmetic, "hardware": json.dumps(described)}


def _state_cost(training: Training, config: Mapping[str, Any]) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.pt"
        began = time.perf_counter()
        write_checkpoint(Checkpoint("t", 1, dict(config), 0.0, 1, training.state_dict()), path)
        return time.perf_counter() - began, path.stat().st_size
