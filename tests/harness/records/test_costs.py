"""Hours are those of all processes, from launch to result, and sum over the kinds."""

import pytest

from harness.config import RunConfig
from harness.machine.hardware import Gpu, Hardware
from harness.records.costs import Allocation, allocation_of, costs_of

LEDGER = {"startup": 10.0, "train": 80.0, "idle": 10.0}
GPU = Gpu("gpu", 1, (9, 0))


def machine(gpus=0):
    return Hardware("cpu", 16, 1, True, True, (GPU,) * gpus)


def costs(held, startup_s=5.0, resumed=()):
    environment = {"allocation": held.to_plain(), "resumed": list(resumed)}
    return costs_of(environment, LEDGER, 50.0, startup_s)


def test_hours_are_workers_times_ranks_times_threads():
    found = costs(Allocation(workers=2, ranks_per_trial=3, masters=0, threads=4, gpus=0))
    # 24 processors for 55 seconds.
    assert found["processor_hours"] == pytest.approx(24 * 55 / 3600)
    assert found["launch_to_result_s"] == 55.0 and found["gpu_hours"] is None


def test_a_master_is_counted():
    without = Allocation(workers=2, ranks_per_trial=1, masters=0, threads=4, gpus=0)
    master = Allocation(workers=2, ranks_per_trial=1, masters=1, threads=4, gpus=0)
    assert master.processors == 12
    own = costs(master)["processor_hours"] - costs(without)["processor_hours"]
    assert own == pytest.approx(4 * 55 / 3600)


def test_devices_are_counted_for_as_long():
    found = costs(Allocation(workers=2, ranks_per_trial=2, masters=0, threads=1, gpus=4))
    assert found["gpu_hours"] == pytest.approx(4 * 55 / 3600)
    assert found["gpu_hours_by_kind"]["train"] == pytest.approx(80 * 2 / 3600)


def test_kinds_sum_to_the_whole():
    found = costs(Allocation(workers=2, ranks_per_trial=2, masters=1, threads=3, gpus=2))
    for unit in ("processor_hours", "gpu_hours"):
        assert sum(found[f"{unit}_by_kind"].values()) == pytest.approx(found[unit])


def test_no_more_devices_are_held_than_there_are():
    config = RunConfig(workers=4, threads=2)
    assert allocation_of(config, 4, machine(gpus=1)).gpus == 1
    assert allocation_of(config, 4, machine(gpus=1), nodes=4).gpus == 4
    assert allocation_of(config, 5, machine()) == Allocation(4, 1, 1, 2, 0)
    on_processors = RunConfig(workers=4, threads=2, device="cpu")
    assert allocation_of(on_processors, 4, machine(gpus=1)).gpus == 0


def test_records_that_do_not_say_have_no_hours():
    found = costs_of({}, LEDGER, 50.0, 5.0)
    assert found["processor_hours"] is None and found["launch_to_result_s"] == 55.0
    assert costs_of({}, LEDGER, 50.0, None)["launch_to_result_s"] is None


def test_sessions_of_other_workers_add_up_and_of_other_threads_do_not():
    held = Allocation(workers=2, ranks_per_trial=1, masters=0, threads=1, gpus=0)
    more = Allocation(workers=4, ranks_per_trial=1, masters=0, threads=1, gpus=0)
    wider = Allocation(workers=2, ranks_per_trial=1, masters=0, threads=8, gpus=0)
    assert costs(held, resumed=[{"allocation": more.to_plain()}])["processor_hours"] is not None
    assert costs(held, resumed=[{"allocation": wider.to_plain()}])["processor_hours"] is None
    assert costs(held, resumed=[{}])["processor_hours"] is None
