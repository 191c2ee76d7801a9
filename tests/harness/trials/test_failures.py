import os
import signal

import pytest
import torch

from harness.errors import SearchFailed
from harness.trials.failures import FAILURES_IN_A_ROW, FailureCount, fault_reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FloatingPointError("the training loss is nan"), "nan"),
        (TimeoutError("the trial took longer"), "timeout"),
        (MemoryError(), "out-of-memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "out-of-memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "out-of-memory"),
        (ValueError("no such width"), "exception"),
    ],
)
def test_a_fault_has_a_name(error, reason):
    assert fault_reason(error, "exception") == reason


def test_a_worker_gives_up_when_nothing_but_failures_came():
    count = FailureCount()
    for number in range(FAILURES_IN_A_ROW):
        count.check()
        count.failed(f"ValueError: fault {number}")
    with pytest.raises(SearchFailed, match="first cause: ValueError: fault 0"):
        count.check()


@pytest.mark.parametrize(("broken", "signals"), [(True, [signal.SIGKILL]), (False, [])])
def test_a_process_whose_gpu_is_broken_ends_before_its_next_trial(monkeypatch, broken, signals):
    def synchronize():
        if broken:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    sent = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append(number))
    count = FailureCount()
    count.succeeded()
    count.check()
    assert sent == []
    count.failed("RuntimeError: CUDA error")
    count.check()
    assert sent == signals


def test_one_epoch_that_succeeded_keeps_the_search_going():
    count = FailureCount()
    count.succeeded()
    for _ in range(10 * FAILURES_IN_A_ROW):
        count.failed("ValueError: x")
        count.check()


@pytest.mark.parametrize("trials", [20])
def test_a_search_whose_trials_all_fail_ends_early_with_the_first_cause(sequential_run, trials):
    with pytest.raises(SearchFailed, match="injected fault"):
        sequential_run(trials=trials, workload_options={"raise_above_lr": 0.0})


def test_it_trains_no_more_trials_than_it_takes_to_know(sequential_run, tmp_path):
    from harness.load import load_run

    with pytest.raises(SearchFailed):
        sequential_run(trials=20, workload_options={"raise_above_lr": 0.0})
    assert len(load_run(tmp_path / "run").trials) == FAILURES_IN_A_ROW
