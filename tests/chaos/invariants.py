"""What must hold of a run's records, however often its processes were killed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.load import load_run
from harness.load.frames import RunFrames
from harness.records.directory import RunDirectory
from tests.chaos.storm import Case, summary_of


def violations(case: Case, directory: RunDirectory, whole: RunDirectory | None) -> Iterator[str]:
    """Yield what does not hold.

    Parameters
    ----------
    case
        The search.
    directory
        The run that was disturbed.
    whole
        The same search undisturbed, for algorithms whose outcome follows from the seed.
    """
    run = load_run(directory.path)
    summary = summary_of(directory)
    if summary["status"] != "completed" or summary["unfinished_trials"]:
        yield f"it is {summary['status']}, {summary['unfinished_trials']} trials unfinished"
    yield from _epochs_are_consecutive(run, case.epochs)
    yield from _every_trial_was_evaluated(case, run)
    yield from _seconds_are_booked_once(run, summary)
    if whole is not None:
        yield from _nothing_differs(run, load_run(whole.path))
    if list(directory.states.glob("*/*.pt")):
        yield "states of trials that are over are left"


def _epochs_are_consecutive(run: RunFrames, last: int) -> Iterator[str]:
    found = run.epochs.groupby("trial_id", observed=True)["epoch"].apply(sorted)
    for trial in run.trials.to_dict(orient="records"):
        first = 1 + (0 if pd.isna(trial["parent_epoch"]) else int(trial["parent_epoch"]))
        epochs = [int(epoch) for epoch in found.get(trial["trial_id"], [])]
        if epochs != list(range(first, first + len(epochs))):
            yield f"trial {trial['trial_id']} has the epochs {epochs}, from {first}"
        if trial["status"] == "completed" and first + len(epochs) - 1 != last:
            yield f"trial {trial['trial_id']} is complete after {epochs}"


def _every_trial_was_evaluated(case: Case, run: RunFrames) -> Iterator[str]:
    numbers = run.trials["number"].astype(int)
    if set(numbers) != set(range(case.trials)):
        yield f"the trials have the numbers {sorted(set(numbers))}"
    if case.algo != "pbt" and len(numbers) != case.trials:
        yield f"there are {len(numbers)} trials, not {case.trials}"
    bad = run.trials[run.trials["status"].isin(["lost", "failed", "running", "paused"])]
    if len(bad):
        yield f"trials are {sorted(bad['status'].astype(str))}"


def _seconds_are_booked_once(run: RunFrames, summary: dict[str, object]) -> Iterator[str]:
    spans = run.spans.sort_values(["worker", "start_s"])
    for worker, own in spans.groupby("worker"):
        starts, ends = own["start_s"].to_numpy(), own["end_s"].to_numpy()
        if np.any(starts[1:] < ends[:-1] - 1e-6):
            yield f"the spans of worker {worker} overlap"
    booked = float((spans["end_s"] - spans["start_s"]).sum())
    least = float(spans.groupby("worker")["end_s"].max().max())
    if abs(float(summary["runtime_s"]) - least) > 0.01 * least + 0.05:
        yield f"the spans end at {least:.2f} s and the search at {summary['runtime_s']:.2f} s"
    ledger = sum(summary["ledger"].values())
    if abs(ledger - booked) > 1e-3 * booked:
        yield f"the ledger has {ledger:.2f} s and the spans {booked:.2f} s"


def _nothing_differs(run: RunFrames, whole: RunFrames) -> Iterator[str]:
    curves = [
        frames.epochs.astype({"trial_id": str}).set_index(["trial_id", "epoch"])["value"]
        for frames in (run, whole)
    ]
    lost = curves[1].index.difference(curves[0].index)
    added = curves[0].index.difference(curves[1].index)
    if len(lost) or len(added):
        yield f"epochs lost: {list(lost)}, added: {list(added)}"
    elif not curves[0].sort_index().equals(curves[1].sort_index()):
        yield "the curves differ"
    if run.runs["best_value"].iloc[0] != whole.runs["best_value"].iloc[0]:
        yield "the best values differ"
