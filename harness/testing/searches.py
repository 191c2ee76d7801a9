"""Small searches in processes of their own, and the records they leave."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from harness.config import ResolvedConfig, validate_config
from harness.launch.job import launch
from harness.machine.hardware import detect_hardware
from harness.plugins.loading import load_workload
from harness.records.directory import RunDirectory
from harness.records.events import Event, read_events
from harness.search.prepare import prepare
from harness.search.resolve import ResolvedRun, reopen
from harness.space_values import own_configuration
from harness.testing.batch import LIST
from harness.workload import Workload

HARNESS = (sys.executable, "-c", "from harness.cli.main import main; main()")
"""The console command, of the interpreter that runs this."""

BATCH = (sys.executable, "-m", "harness.testing.batch")
"""Runs the searches that a directory lists."""


@dataclass(frozen=True)
class RecordedSearch:
    """What a search left in its run directory.

    Attributes
    ----------
    directory
        The run directory.
    config
        The resolved configuration.
    workload
        The workload, without its data.
    summary
        What ``summary.json`` holds.
    trials, epochs, spans
        The tables of ``docs/records.md``; a missing text is None.
    """

    directory: Path
    config: ResolvedConfig
    workload: Workload
    summary: Mapping[str, Any]
    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame

    def trial_rows(self) -> Iterator[Any]:
        """Yield the rows of the trials table, each with its columns as attributes."""
        yield from self.trials.itertuples()

    def epochs_of(self, trial_id: str) -> list[int]:
        """Return the epochs of a trial, in the order in which they ended."""
        mine = self.epochs[self.epochs["trial_id"] == trial_id]
        return [int(epoch) for epoch in mine.sort_values("end_s", kind="stable")["epoch"]]

    def configurations(self) -> dict[int, dict[str, Any]]:
        """Return the configuration that each number began with."""
        space = self.workload.space()
        first = self.trials.sort_values("start_s").drop_duplicates("number")
        return {
            int(number): own_configuration(space, json.loads(config))
            for number, config in zip(first["number"], first["config"], strict=True)
        }

    def curves(self) -> dict[tuple[str, int], float]:
        """Return the validation value after each epoch of each trial."""
        rows = zip(self.epochs["trial_id"], self.epochs["epoch"], self.epochs["value"], strict=True)
        return {(str(trial_id), int(epoch)): float(value) for trial_id, epoch, value in rows}

    def events(self) -> list[Event]:
        """Return the event log, file by file."""
        return [event for _writer, event in read_events(self.directory / "events")]


@dataclass(frozen=True)
class InterruptedSearch:
    """How the console command answered an interrupt in mid-search.

    Attributes
    ----------
    exit_code, stdout, stderr
        How it ended and what it printed.
    left
        The processes that it started and that are still there.
    records
        What it had recorded.
    """

    exit_code: int
    stdout: str
    stderr: str
    left: tuple[psutil.Process, ...]
    records: RecordedSearch


def run_command(out: Path, settings: Mapping[str, Any]) -> list[str]:
    """Return the command line of a search.

    Parameters
    ----------
    out
        The run directory.
    settings
        Those of `harness.config.RunConfig`, by name.
    """
    given = [f"{name}={json.dumps(value)}" for name, value in settings.items()]
    options = [word for setting in given for word in ("--set", setting)]
    return [*HARNESS, "run", "--out", str(out), "--json", *options]


def run_search(
    out: Path, settings: Mapping[str, Any], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a search through the console command, and wait for its end.

    Raises
    ------
    subprocess.TimeoutExpired
        If it takes longer than `timeout_s` seconds.
    """
    return subprocess.run(
        run_command(out, settings),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        encoding="utf-8",
        errors="replace",
    )


def run_searches(
    directory: Path, requests: Mapping[str, Mapping[str, Any]], timeout_s: float
) -> dict[str, RecordedSearch]:
    """Run several searches of one backend in the same processes, one after the other.

    Parameters
    ----------
    directory
        Gets a run directory for each.
    requests
        Name to the settings of a search. All have the same backend and workers.
    timeout_s
        How long they may take together, in seconds.

    Raises
    ------
    AssertionError
        If one raises an error, or they take too long; it says which, and holds what the
        processes printed.
    """
    for name, settings in requests.items():
        prepare(validate_config(settings), directory / name)
    carry_out_prepared(directory, requests, timeout_s)
    return {name: read_search(directory / name) for name in requests}


def carry_out_prepared(directory: Path, names: Collection[str], timeout_s: float) -> None:
    """Carry out searches that are prepared, also to be resumed, as `run_searches` does.

    Parameters
    ----------
    directory
        Where their run directories are.
    names
        The names of these.
    timeout_s
        How long they may take together, in seconds.

    Raises
    ------
    AssertionError
        As `run_searches`.
    """
    listed = "".join(f"{directory / name}\n" for name in names)
    (directory / LIST).write_text(listed, encoding="utf-8")
    first = directory / next(iter(names))
    run = reopen(RunDirectory(first).read_config(), detect_hardware())
    carry_out = _run_ranks if run.backend.process_model == "mpi" else _run_driver
    try:
        carry_out(directory, run, timeout_s)
    except subprocess.TimeoutExpired:
        raise AssertionError(_overtime(directory, names, timeout_s)) from None


def _overtime(directory: Path, names: Collection[str], timeout_s: float) -> str:
    ended = [name for name in names if (directory / name / "summary.json").exists()]
    left = [name for name in names if name not in ended]
    return (
        f"the searches took longer than timeout_s = {timeout_s:g} s: '{left[0] if left else '-'}' "
        f"did not end ({len(ended)} did before it); its records are in {directory}"
    )


def _run_driver(directory: Path, run: ResolvedRun, timeout_s: float) -> None:
    answer = subprocess.run(
        [*BATCH, str(directory)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    assert answer.returncode == 0, answer.stderr


def _run_ranks(directory: Path, run: ResolvedRun, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s

    def give_up_in_time() -> None:
        if time.monotonic() > deadline:
            raise subprocess.TimeoutExpired(BATCH, timeout_s)

    outcome = launch(
        directory, run.backend.ranks(run.spec), while_waiting=give_up_in_time, command=BATCH
    )
    assert outcome.failure is None, outcome.log.read_text(encoding="utf-8")


def read_search(directory: Path) -> RecordedSearch:
    """Read what a finished search left.

    Raises
    ------
    OSError
        If a file of the contract is missing.
    """
    config = RunDirectory(directory).read_config()
    trials, epochs, spans = (
        pd.read_parquet(directory / f"{name}.parquet") for name in ("trials", "epochs", "spans")
    )
    return RecordedSearch(
        directory=directory,
        config=config,
        workload=load_workload(config.workload, config.workload_options),
        summary=RunDirectory(directory).read_summary(),
        trials=trials.astype(object).mask(trials.isna(), None),
        epochs=epochs,
        spans=spans,
    )


def interrupt_search(out: Path, settings: Mapping[str, Any], timeout_s: float) -> InterruptedSearch:
    """Run a search through the console command, and interrupt it after its first epoch.

    Parameters
    ----------
    out
        The run directory.
    settings
        Those of `harness.config.RunConfig`, by name.
    timeout_s
        How long it may take to the first epoch, in seconds, and from there to its end.
    """
    with subprocess.Popen(
        run_command(out, settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as command:
        _wait_for_an_epoch(out, command, timeout_s)
        started = psutil.Process(command.pid).children(recursive=True)
        command.send_signal(signal.SIGINT)
        stdout, stderr = command.communicate(timeout=timeout_s)
    _gone, left = psutil.wait_procs(started, timeout=10)
    return InterruptedSearch(command.returncode, stdout, stderr, tuple(left), read_search(out))


def _wait_for_an_epoch(out: Path, command: subprocess.Popen[str], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while command.poll() is None and time.monotonic() < deadline:
        files = (out / "events").glob("*.jsonl")
        if any('"event":"epoch"' in file.read_text(encoding="utf-8") for file in files):
            return
        time.sleep(0.05)
