"""Trials and processes that fail do not end the search."""

import dataclasses
import os
import signal
import threading
import time

import psutil
import pytest

from harness.errors import RequestError, SearchFailed
from harness.records.events import read_events

pytestmark = pytest.mark.slow

ALGORITHMS = ("rand", "asha", "bohb", "pbt", "pb2")


@pytest.mark.long
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_trial_that_raises_is_recorded_and_the_search_goes_on(search, algorithm):
    faults = {"raise_above_lr": 0.02, "fault_epoch": 1}
    result = search(algorithm, workload_options=faults)
    failed = result.trials[result.trials["status"] == "failed"]
    assert len(failed) > 0
    assert set(failed["reason"]) == {"exception"}
    assert failed["error"].str.contains("Traceback").all()
    assert failed["error"].str.contains("injected fault").all()
    assert (result.trials["status"] == "completed").any()
    assert set(result.trials["number"]) == set(range(8))
    assert result.processes <= 2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.long
def test_a_loss_that_is_not_a_number_fails_its_trial_only(search, algorithm):
    result = search(algorithm, workload_options={"nan_above_lr": 0.02, "fault_epoch": 3})
    failed = result.trials[result.trials["status"] == "failed"]
    assert set(failed["reason"]) <= {"nan"}
    # Brackets may stop all whose loss is a number.
    assert result.trials["status"].isin(["completed", "stopped"]).any()
    assert set(result.trials["status"]) <= {"completed", "stopped", "failed"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.long
def test_a_search_in_which_every_trial_fails_ends_with_the_first_cause(search, algorithm):
    with pytest.raises(SearchFailed, match="injected fault"):
        search(algorithm, trials=30, workload_options={"raise_above_lr": 0.0})


@pytest.mark.parametrize("algorithm", ["pbt", pytest.param("rand", marks=pytest.mark.long)])
def test_a_process_killed_once_too_often_loses_its_trial_only(search, tmp_path, algorithm):
    killer = threading.Thread(target=kill_a_training_process, args=(tmp_path / "run" / "events",))
    killer.start()
    result = search(algorithm, trials=4, max_retries=0, workload_options={"epoch_s": 0.5})
    killer.join()
    lost = result.trials[result.trials["status"] == "lost"]
    assert len(lost) == 1
    assert "died" in lost["error"].iloc[0]
    others = result.trials.drop(lost.index)
    assert set(others["status"]) <= {"completed", "stopped"}
    assert (others["status"] == "completed").sum() == 3
    assert set(result.trials["worker"]) == {0, 1}


@pytest.mark.long
def test_a_trial_outlives_a_rank_that_helps_to_train_it(search, tmp_path):
    killer = threading.Thread(target=kill_a_follower, args=(tmp_path / "run" / "events",))
    killer.start()
    result = search(
        "rand",
        workload="workloads.digits.workload:DigitsWorkload",
        workload_options={"images": 80, "test_images": 50, "channels": [8, 16]},
        trials=1,
        epochs=12,
        workers=1,
        ranks_per_trial=2,
    )
    killer.join()
    assert list(result.trials["status"]) == ["completed"]
    assert result.epochs_of("t00000") == list(range(1, 13))
    assert result.processes > 1


def kill_a_follower(events):
    if writers_that_trained(events):
        mine = psutil.Process().children(recursive=True)
        helpers = [process for process in mine if "_Follower" in " ".join(process.cmdline())]
        helpers[0].kill()


@pytest.mark.long
def test_a_trial_that_hangs_fails_and_is_not_taken_up_again(search):
    result = search(
        "rand",
        workload="harness.testing.faults:HangingWorkload",
        trials=3,
        trial_timeout=2.0,
        workload_options={"above": {"lr": 0.25}, "epoch": 3},
    )
    failed = result.trials[result.trials["status"] == "failed"]
    assert list(failed["reason"]) == ["timeout"]
    assert "--trial-timeout" in failed["error"].iloc[0]
    assert (result.trials["status"] == "completed").sum() == 2
    assert set(result.trials["number"]) == set(range(3))


def kill_a_training_process(events):
    trained = writers_that_trained(events)
    if trained:
        # By now the next epoch is under way.
        time.sleep(0.25)
        os.kill(int(min(trained).rpartition("-")[2]), signal.SIGKILL)


def writers_that_trained(events, patience_s=120):
    """Wait for the first epoch; return who recorded one, or nobody if none came."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        log = read_events(events) if events.exists() else []
        trained = {writer for writer, event in log if event["event"] == "epoch"}
        if trained:
            return trained
        time.sleep(0.02)
    return set()


@pytest.mark.parametrize("algorithm", ["rand", pytest.param("bohb", marks=pytest.mark.long)])
@pytest.mark.long
def test_a_process_that_cannot_load_its_data_ends_the_search_with_its_error(search, algorithm):
    def misspelt(objective):
        return dataclasses.replace(objective, workload_options={"epochs": 1})

    with pytest.raises(RequestError, match="epochs"):
        search(algorithm, change=misspelt)
