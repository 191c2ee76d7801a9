"""What tests of every part share."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from harness.config import RunConfig
from harness.machine.hardware import usable_cores
from harness.search.api import RunResult, run
from harness.testing.clocks import FakeClock

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# No example fails because the machine is busy.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


def pytest_configure():
    """Share the cores among pytest-xdist's processes: threads that outnumber them wait in turns."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    # Torch, which reads it, is not imported yet.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, usable_cores() // processes)))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Have ``-m "not slow"`` leave out what is longer still."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def torch_is_as_it_was():
    """Undo what preparing an objective does to the process.

    Hypothesis needs denormals, and threads that one test asks for slow down all after it.
    """
    threads = os.environ["OMP_NUM_THREADS"]
    yield
    os.environ["OMP_NUM_THREADS"] = threads
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
        sys.modules["torch"].set_num_threads(int(threads))


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def real_data():
    """The root of the real samples: HARNESS_DATA, or shared/data beside the checkout."""
    root = Path(os.environ.get("HARNESS_DATA") or SHARED_DATA)
    if not root.is_dir():
        pytest.skip("no real data: set HARNESS_DATA to a data root")
    return root


@pytest.fixture
def sequential_run(tmp_path):
    """Runs a small search without an engine."""

    def search(name="run", **settings) -> RunResult:
        config = RunConfig(
            **{
                "backend": "harness.testing.backends:SequentialBackend",
                "workload": "harness.testing.workloads:AnalyticWorkload",
                "workers": 1,
                "trials": 6,
                "epochs": 5,
                **settings,
            }
        )
        return run(config, tmp_path / name)

    return search


@pytest.fixture(scope="session")
def page_maker():
    """Loads a script of docs/ that makes a page."""

    def load(name):
        spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
