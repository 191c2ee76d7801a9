"""A made NVML whose counters go on, are set back, have gaps, and are absent."""

import sys
from types import SimpleNamespace

import pytest

from harness.energy.nvml import open_gpu_meter


class Library:
    """Stands for pynvml: counters in millijoules, by GPU."""

    def __init__(self, **counters):
        self.counters = counters
        self.broken = False

    def nvmlInit(self):  # noqa: N802
        if self.broken:
            raise RuntimeError("driver not loaded")

    def nvmlDeviceGetCount(self):  # noqa: N802
        return len(self.counters)

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802
        return list(self.counters)[index]

    def nvmlDeviceGetHandleByUUID(self, uuid):  # noqa: N802
        return {f"GPU-{name}": name for name in self.counters}[uuid]

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802
        if self.broken or self.counters[handle] is None:
            raise RuntimeError("not supported")
        return self.counters[handle]


@pytest.fixture(autouse=True)
def all_visible(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_joules_are_those_since_the_meter_was_made_over_all_gpus():
    library = Library(a=1_000, b=50_000)
    meter = open_gpu_meter(library)
    library.counters.update(a=4_000, b=52_500)
    meter.update()
    assert meter.joules == pytest.approx(3.0 + 2.5)


@pytest.mark.parametrize(("visible", "joules"), [("1", 2.5), ("GPU-a", 3.0), ("1,0", 5.5)])
def test_only_gpus_that_the_process_may_use_count(visible, joules):
    library = Library(a=1_000, b=50_000)
    meter = open_gpu_meter(library, visible)
    library.counters.update(a=4_000, b=52_500)
    meter.update()
    assert meter.joules == pytest.approx(joules)


def test_a_look_that_failed_is_made_up_for_by_the_next():
    library = Library(a=1_000)
    meter = open_gpu_meter(library)
    library.broken = True
    meter.update()
    assert meter.joules is None
    library.broken = False
    library.counters["a"] = 9_000
    meter.update()
    assert meter.joules == pytest.approx(8.0)


def test_a_counter_that_was_set_back_leaves_no_number():
    library = Library(a=9_000)
    meter = open_gpu_meter(library)
    for shown in (10_000, 500, 20_000):
        library.counters["a"] = shown
        meter.update()
    assert meter.joules is None


@pytest.mark.parametrize("visible", ["", "7", "MIG-1"])
def test_a_gpu_that_is_not_there_or_none_is_no_number(visible):
    assert not open_gpu_meter(Library(a=1), visible).found


def test_a_gpu_without_a_counter_leaves_no_number_for_the_others():
    assert open_gpu_meter(Library(a=1_000, b=None)).joules is None


def test_without_a_driver_there_is_no_meter():
    library = Library(a=1)
    library.broken = True
    assert not open_gpu_meter(library).found


def test_without_the_library_there_is_no_meter(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert not open_gpu_meter().found


def test_the_library_is_imported_by_its_own_name(monkeypatch):
    library = Library(a=1_000)
    names = [name for name in dir(library) if name.startswith("nvml")]
    module = SimpleNamespace(**{name: getattr(library, name) for name in names})
    monkeypatch.setitem(sys.modules, "pynvml", module)
    meter = open_gpu_meter()
    library.counters["a"] = 2_000
    meter.update()
    assert meter.joules == pytest.approx(1.0)
