"""What the records of any search hold, as assertions: one function a rule.

Each takes a `harness.testing.searches.RecordedSearch` and raises AssertionError
where its records break the rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean
from typing import get_args

from harness.checkpoints.incumbent import incumbent_path
from harness.records.directory import RunDirectory
from harness.records.events import read_events
from harness.records.happenings import SlotOpened, SpanBooked
from harness.records.lines import event_of
from harness.records.schema import EPOCHS, SPANS, TRIALS
from harness.rules.halving import rung_epochs
from harness.testing.searches import RecordedSearch
from harness.trial import Origin

ENDED = ("completed", "stopped", "failed")
"""How a trial may end when no process dies."""

CLOCK_TOLERANCE_S = 0.01
"""How much the clocks of two processes of one machine may differ, in seconds."""


def check_tables(search: RecordedSearch) -> None:
    """The tables have the contract's columns."""
    for name, columns in (("trials", TRIALS), ("epochs", EPOCHS), ("spans", SPANS)):
        missing = set(columns) - set(getattr(search, name).columns)
        assert not missing, f"{name}.parquet lacks {sorted(missing)}"
    assert search.trials["trial_id"].is_unique


def check_numbers(search: RecordedSearch, population: bool) -> None:
    """There are exactly as many evaluations, or members, as were asked for."""
    asked = list(range(search.config.trials))
    if population:
        assert sorted(set(search.trials["member"])) == asked
        assert (search.trials["member"] == search.trials["number"]).all()
    else:
        assert sorted(search.trials["number"]) == asked


def check_epochs(search: RecordedSearch) -> None:
    """The epochs of a trial are consecutive and once each, from its first."""
    for trial in search.trial_rows():
        first = 1 if trial.parent_epoch is None else int(trial.parent_epoch) + 1
        epochs = search.epochs_of(trial.trial_id)
        assert epochs == list(range(first, first + len(epochs))), trial.trial_id
        assert trial.epochs == len(epochs), trial.trial_id
        if trial.status == "completed":
            assert epochs[-1] == search.config.epochs, trial.trial_id


def check_statuses(search: RecordedSearch) -> None:
    """Every trial has ended, and says why where it ended early."""
    for trial in search.trial_rows():
        assert trial.status in ENDED, f"{trial.trial_id} is {trial.status}"
        if trial.status == "completed":
            assert trial.reason is None, trial.trial_id
        else:
            assert trial.reason, f"{trial.trial_id} is {trial.status} without a reason"


def check_ledger(search: RecordedSearch) -> None:
    """The ledger sums to workers × runtime within 1 %, and nothing is lost."""
    ledger, runtime_s = search.summary["ledger"], search.summary["runtime_s"]
    total = search.config.workers * runtime_s
    assert abs(sum(ledger.values()) - total) <= 0.01 * total, ledger
    assert ledger["lost"] <= 0.01 * total, ledger


def check_slots(search: RecordedSearch) -> None:
    """All workers train, none beyond them does, and a slot trains one trial at a time."""
    assert sorted(search.epochs["worker"].unique()) == list(range(search.config.workers))
    for slot, spans in _busy_spans(search).items():
        for (_begin, end), (begin, _end) in pairwise(sorted(spans)):
            assert begin >= end - CLOCK_TOLERANCE_S, f"spans of slot {slot} overlap"


def check_configurations(search: RecordedSearch) -> None:
    """Every configuration is a legal point of the search space, in plain values."""
    space = search.workload.space()
    for text in search.trials["config"]:
        config = json.loads(text)
        illegal = [name for name in config if not space[name].legal_value(config[name])]
        assert not illegal, f"{illegal} of {config}"
        assert set(config) <= set(space)


def check_origins(search: RecordedSearch, population: bool) -> None:
    """Every trial says where its configuration comes from, and what its proposer knew."""
    words = get_args(Origin)
    for trial in search.trial_rows():
        said = f"{trial.trial_id}: origin={trial.origin!r}, told={trial.told!r}"
        assert trial.origin in words, f"{said}; Trial(origin=…) is one of {', '.join(words)}"
        assert trial.told is not None and trial.told >= 0, f"{said}; give Trial(told=…)"
        if search.config.algo == "rand":
            assert (trial.origin, trial.told) == ("random", 0), said
        if population:
            first = trial.parent_trial_id is None
            assert trial.origin == ("design" if first else "exploit"), said


def check_judgements(search: RecordedSearch) -> None:
    """What a rung or an exploit ended was worse than what it was compared with.

    An engine that does not tell its cutoffs leaves both values empty.
    """
    metric = search.workload.metric
    for trial in search.trial_rows():
        if trial.reason not in {"rung", "bracket", "exploited"} or trial.judged_value is None:
            continue
        values = f"{trial.trial_id}: {trial.judged_value} against {trial.judged_against}"
        assert trial.judged_value == trial.last_value, values
        assert not metric.better(trial.judged_value, trial.judged_against), values


def check_incumbent(search: RecordedSearch) -> None:
    """The best trial is the best over all epochs, and its state is tested and kept."""
    counted = search.trials[search.trials["status"].isin(["completed", "stopped"])]
    values = search.epochs[search.epochs["trial_id"].isin(counted["trial_id"])]["value"]
    best = values.max() if search.workload.metric.mode == "max" else values.min()
    assert search.summary["mode"] == search.workload.metric.mode
    assert search.summary["best_value"] == best
    assert search.summary["test_value"] is not None
    states = RunDirectory(search.directory).incumbents
    assert incumbent_path(states, search.summary["best_trial_id"]).is_file()


def check_rungs(search: RecordedSearch) -> None:
    """Trials are stopped at rungs only, and never the best of a rung."""
    config = search.config
    rungs = rung_epochs(config.grace_epochs, config.reduction_factor, config.epochs)
    stopped = search.trials[search.trials["status"] == "stopped"]
    assert len(stopped) > 0, "no trial was stopped"
    assert set(stopped["epochs"]) <= set(rungs), set(stopped["epochs"])
    for rung, trials in stopped.groupby("epochs"):
        at_rung = search.epochs[search.epochs["epoch"] == rung].set_index("trial_id")["value"]
        best = at_rung.max() if search.workload.metric.mode == "max" else at_rung.min()
        assert best not in set(at_rung[trials["trial_id"]]), f"rung {rung} stopped its best"


def check_exploits(search: RecordedSearch) -> None:
    """Members that are replaced were worse than those whose state they take."""
    trials = search.trials.set_index("trial_id", drop=False)
    children = [row for row in search.trial_rows() if row.parent_trial_id is not None]
    assert children, "no member was exploited"
    curves, given, taken = search.curves(), [], []
    for child in children:
        assert child.parent_trial_id in trials.index, child.trial_id
        given.append(curves[child.parent_trial_id, int(child.parent_epoch)])
        before = trials[
            (trials["member"] == child.member)
            & (trials["reason"] == "exploited")
            & (trials["start_s"] < child.start_s)
        ].sort_values("start_s")
        assert len(before) > 0, f"{child.trial_id} replaces no trial that is closed as exploited"
        taken.append(float(before["last_value"].iloc[-1]))
    high, low, metric = fmean(given), fmean(taken), search.workload.metric
    assert metric.better(high, low), f"{high} replaced {low} ({metric.mode})"


def check_failures(search: RecordedSearch, failing: dict[int, str]) -> None:
    """Exactly the trials that were struck failed, each with its reason and traceback.

    Parameters
    ----------
    search
        The search.
    failing
        Number to reason of the trials that must have failed.
    """
    failed = [row for row in search.trial_rows() if row.status == "failed"]
    assert {trial.number: trial.reason for trial in failed} == failing
    for trial in failed:
        assert trial.error and "Traceback" in trial.error, trial.trial_id
    assert search.summary["failed_trials"] == len(failed)


def _busy_spans(search: RecordedSearch) -> dict[int, list[tuple[float, float]]]:
    """Return begin and end of what the processes of each slot say they did.

    The spans table cannot tell: it is made from these so that nothing overlaps.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    for slot, kind, begin, end in _raw_spans(search):
        if kind != "idle":
            found.setdefault(slot, []).append((begin, end))
    return found


def _raw_spans(search: RecordedSearch) -> Iterator[tuple[int, str, float, float]]:
    slots: dict[str, int] = {}
    for writer, line in read_events(search.directory / "events"):
        event = event_of(line)
        if isinstance(event, SlotOpened):
            slots[writer] = event.slot
        elif isinstance(event, SpanBooked):
            yield slots[writer], event.kind, event.start, event.time
