"""The figures of the report, one function each: they take runs and return Matplotlib figures.

A run is given by its directory, as a ``RecordedRun`` or as the ``RunResult`` of a search; several
runs as a list of them, where a folder stands for the runs in it at any depth. A figure needs no
display: ``figure.savefig("run.png")`` writes it, a notebook shows it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness.errors import RequestError
from harness.figures.lineage import draw_lineage
from harness.figures.run_picture import run_figure
from harness.load.recorded_run import RecordedRun, read_recorded_run
from harness.load.run_records import load_run_records
from harness.records.directory import open_run_directory
from harness.report.anytime import anytime_section
from harness.report.collection import collect
from harness.report.contents import Section
from harness.report.figure1 import figure1_section
from harness.report.incumbents import Incumbents
from harness.report.ledger import ledger_section
from harness.report.questions import questions_of
from harness.report.run_pictures import lineage_trials, mutated
from harness.report.verdicts import verdicts_section
from harness.search.api import RunResult
from harness.statistics.questions import judge

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Run: TypeAlias = str | os.PathLike[str] | RecordedRun | RunResult
"""A run: its directory, its records, or the result of its search."""

Runs: TypeAlias = Run | Iterable[Run]
"""One run or several; a folder stands for the runs in it."""


def plot_run(run: Run) -> Figure:
    """Draw a run: every trial's validation values, the incumbent, what every worker did when.

    Parameters
    ----------
    run
        The run. One that has not ended is drawn from its event log as it stands.

    Raises
    ------
    RequestError
        If it is no run.
    """
    return run_figure(*load_run_records(open_run_directory(_path(run))))


def plot_lineage(run: Run) -> Figure:
    """Draw who took over whose state in a population, and the schedules of hyperparameters.

    Parameters
    ----------
    run
        A run that has ended.

    Raises
    ------
    RequestError
        If it is no whole run, or has no population.
    """
    directory = open_run_directory(_path(run))
    recorded = read_recorded_run(directory.path)
    trials = lineage_trials(recorded, load_run_records(directory)[1])
    if not trials:
        raise RequestError(
            f"The run '{directory.path}' has no population: its algorithm is "
            f"'{recorded.summary['algo']}'. Give a run of pbt or pb2."
        )
    return draw_lineage(trials, mutated(trials))


def plot_anytime(runs: Runs) -> dict[str, Figure]:
    """Draw the incumbents over time and over epochs, as means over seeds.

    Parameters
    ----------
    runs
        Runs that have ended.

    Returns
    -------
    dict
        One figure for each workload and backend, and one for each workload that
        several backends searched alike, by the name it has in a report.

    Raises
    ------
    RequestError
        If there is no whole run.
    """
    collection = collect(_paths(runs))
    return _drawings(anytime_section(collection, Incumbents(collection)))


def plot_ledger(runs: Runs) -> dict[str, Figure]:
    """Draw where every worker-second went, and the utilisation.

    Parameters
    ----------
    runs
        Runs that have ended; those of emulated precisions are left out.

    Returns
    -------
    dict
        One figure for each workload, by the name it has in a report.

    Raises
    ------
    RequestError
        If there is no whole run, or all are emulated.
    """
    return _drawings(ledger_section(collect(_paths(runs))))


def plot_speed_ups(runs: Runs) -> dict[str, Figure]:
    """Draw how much faster searches are in reduced precision, below what one training gains.

    Parameters
    ----------
    runs
        Runs of the same searches in ``fp32`` and in a reduced precision, on the same seeds.

    Returns
    -------
    dict
        One figure for each reduced precision, by the name it has in a report.

    Raises
    ------
    RequestError
        If there is no such pair of runs.
    """
    return _drawings(figure1_section(collect(_paths(runs))))


def plot_verdicts(runs: Runs) -> dict[str, Figure]:
    """Draw what is decided between engines, algorithms, precisions and checkpoint intervals.

    Parameters
    ----------
    runs
        Runs that have ended, of at least two alternatives on common seeds.

    Returns
    -------
    dict
        One figure for each of these that the runs compare, by the name it has in a report.

    Raises
    ------
    RequestError
        If the runs allow no comparison.
    """
    collection = collect(_paths(runs))
    verdicts = judge(questions_of(collection, Incumbents(collection)))
    return _drawings(verdicts_section(collection, verdicts))


def _drawings(section: Section) -> dict[str, Figure]:
    if not section.figures:
        raise RequestError(
            section.missing or "All runs are emulated: their times are not those of the precision."
        )
    return {figure.name: figure.drawing for figure in section.figures}


def _paths(runs: Runs) -> list[Path]:
    if isinstance(runs, str | os.PathLike | RecordedRun | RunResult):
        return [_path(runs)]
    return [_path(run) for run in runs]


def _path(run: Run) -> Path:
    if isinstance(run, RecordedRun):
        return run.path
    return run.directory if isinstance(run, RunResult) else Path(run)
