from pathlib import Path

import pytest

from harness.machine.hardware import Gpu, Hardware


@pytest.fixture
def configs():
    return Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture
def two_cores():
    return Hardware("a processor", 2, 16 * 2**30, cpu_has_bf16=True, cpu_has_fp16=False)


@pytest.fixture
def gpu_machine():
    """The 64 A100 of the paper, as if they were in one machine."""
    gpus = (Gpu("A100", 40 * 2**30, (8, 0)),) * 64
    return Hardware("a processor", 128, 512 * 2**30, True, False, gpus)


@pytest.fixture
def any_data(monkeypatch):
    """Takes the data of every workload for granted."""
    from harness.plugins.loading import WORKLOADS, load_workload_class, plugin_names

    for name in plugin_names(WORKLOADS):
        monkeypatch.setattr(load_workload_class(name), "check_data", lambda self, root: None)
