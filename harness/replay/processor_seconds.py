"""Measures the seconds of a table again in processor time, which other work does not lengthen.

On one thread of a CPU, processor time is what an epoch takes where nothing else is at work. The
values stay as they were recorded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from harness.errors import RequestError
from harness.replay.differences import difference
from harness.replay.place import check_place
from harness.replay.plan_of_recording import Recording
from harness.replay.record import about_of, objective_of
from harness.replay.table_file import read_about, read_rows, write_table
from harness.trial import numbered_trial
from harness.trials.objective import Objective

MARK = "seconds"
"""The entry of a row's hardware that says what clock its seconds are of."""


def measure_again(recording: Recording, table: Path, tell: Callable[[str], None]) -> int:
    """Replace the seconds of a table by those of one epoch, in processor time.

    Each configuration trains two epochs; the second is measured, and stands for all epochs of
    all seeds. What waits for data or a disk is not seen.

    Parameters
    ----------
    recording
        What the table was recorded from.
    table
        The table, which is replaced.
    tell
        Takes lines for the user.

    Returns
    -------
    int
        How many configurations were measured.

    Raises
    ------
    RequestError
        If the table is of another recording, or does not train on one thread of a CPU.
    """
    _check(recording, table)
    rows = read_rows(table)
    measured: list[pd.DataFrame] = []
    for precision, own in rows.groupby("precision"):
        objective = objective_of(recording, str(precision), recording.seeds[0])
        for number, training_rows in own.groupby("number"):
            seconds = _seconds(recording, objective, int(str(number)))
            measured.append(training_rows.assign(**seconds, data_wait_s=0.0))
            tell(f"{precision}, configuration {number}: {seconds['train_s']:.3g} s an epoch")
    found = pd.concat(measured).loc[rows.index]
    failed = (rows["failed_epoch"] > 0) & (rows["epoch"] > rows["failed_epoch"])
    found.loc[failed, ["train_s", "validate_s"]] = 0.0
    found["hardware"] = found["hardware"].map(_marked)
    write_table(table, read_about(table), found)
    return len(measured)


def _check(recording: Recording, table: Path) -> None:
    check_place(table)
    other = difference(read_about(table), about_of(recording))
    if other is not None:
        raise RequestError(f"'{table}' is no table of this study: it has another {other}.")
    machines = [json.loads(text) for text in read_rows(table)["hardware"].unique()]
    if any(machine.get("threads") != 1 or machine.get("device") != "cpu" for machine in machines):
        raise RequestError(
            "Processor time is that of a whole training on one thread of a CPU only; record with "
            "threads: 1 and device: cpu."
        )


def _seconds(recording: Recording, objective: Objective, number: int) -> dict[str, float]:
    trial = numbered_trial(number, recording.configurations[number])
    began = time.process_time()
    training = objective.build(trial)
    built = time.process_time()
    # The first epoch allocates and tunes.
    training.train_epoch()
    first = time.process_time()
    training.train_epoch()
    trained = time.process_time()
    training.validate()
    validated = time.process_time()
    return {
        "setup_s": built - began,
        "train_s": trained - first,
        "validate_s": validated - trained,
    }


def _marked(hardware: str) -> str:
    return json.dumps({**json.loads(hardware), MARK: "processor time of one epoch"})
