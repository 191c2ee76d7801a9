"""Replays for tests, and a simulation of them that shares no code with the harness."""

import heapq
import json

import pytest

from harness.config import RunConfig
from harness.records.directory import RunDirectory
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import run_in_virtual_time
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload


def simulate(curves, workers, rungs, factor):
    """Return the epochs and the ends of a search, larger values being better.

    An event is the end of an epoch; events come in the order of time, then of slot, then
    of announcement. A trial at a rung goes on if its value is not below the (1 - 1/factor)
    quantile, by linear interpolation, of what was recorded there before it.
    """
    epochs, ends, recorded = [], [], {rung: [] for rung in rungs}
    heap, announced, waiting = [], iter(range(10**9)), iter(range(len(curves)))

    def train(time, slot, trial, epoch):
        seconds = curves[trial].train_s[epoch - 1]
        heapq.heappush(heap, (time + seconds, slot, next(announced), trial, epoch))

    def take_next(time, slot):
        trial = next(waiting, None)
        if trial is not None:
            train(time, slot, trial, 1)

    for slot in range(workers):
        take_next(0.0, slot)
    while heap:
        time, slot, _, trial, epoch = heapq.heappop(heap)
        value = curves[trial].values[epoch - 1]
        epochs.append((time, slot, trial, epoch, value))
        passes = True
        if epoch in recorded:
            known = sorted(recorded[epoch])
            recorded[epoch].append(value)
            if known:
                place = (len(known) - 1) * (1 - 1 / factor)
                low = int(place)
                high = min(low + 1, len(known) - 1)
                passes = value >= known[low] + (known[high] - known[low]) * (place - low)
        if epoch == len(curves[trial].values):
            ends.append((time, trial, "completed"))
            take_next(time, slot)
        elif not passes:
            ends.append((time, trial, "stopped"))
            take_next(time, slot)
        else:
            train(time, slot, trial, epoch + 1)
    return sorted(epochs), sorted(ends)


def read_log(path):
    """Return the epochs and the ends that an event log tells, as `simulate` does."""
    epochs, ends, numbers = [], [], {}
    for line in path.read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "trial_start":
            numbers[event["trial_id"]] = event["number"]
    for line in path.read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "epoch":
            trial = numbers[event["trial_id"]]
            slot = int(event["by"])
            epochs.append((event["time"], slot, trial, event["epoch"], event["value"]))
        elif event["event"] == "trial_end":
            ends.append((event["time"], numbers[event["trial_id"]], event["status"]))
    return sorted(epochs), sorted(ends)


@pytest.fixture
def replayed(tmp_path):
    """Replay a search on a table; return its event log."""
    made = iter(range(10**9))

    def replay_once(table, backend, algo, workers, trials, seed=0, costs=None, **settings):
        config = RunConfig(
            backend=backend, algo=algo, workers=workers, trials=trials, seed=seed, **settings
        )
        resolved = resolve_replay(config, table, costs or ReplayCosts())
        directory = RunDirectory(tmp_path / str(next(made)))
        return run_in_virtual_time(resolved, Origins(table).of(resolved), directory)

    return replay_once


@pytest.fixture
def simulated():
    """Return what an independent simulation says of the same search."""

    def simulate_once(table, algo, workers, trials, seed=0, rungs=(1, 4), factor=4):
        own = sample_configurations(AnalyticWorkload().space(), trials, seed)
        exact = all(config in table for config in own)
        drawn = enumerate(own if exact else table.draw(trials, seed))
        curves = [table.curve(config, number, seed) for number, config in drawn]
        return simulate(curves, workers, rungs if algo == "asha" else (), factor)

    return simulate_once


@pytest.fixture
def told():
    """Read an event log."""
    return read_log
