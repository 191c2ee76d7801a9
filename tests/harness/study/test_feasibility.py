import pytest

from harness.machine.hardware import Hardware
from harness.study.feasibility import Feasibility
from harness.workload import Workload

TESTING = {
    "backend": "harness.testing.backends:SequentialBackend",
    "workload": "harness.testing.workloads:AnalyticWorkload",
}


@pytest.fixture
def feasibility():
    return Feasibility(Hardware("cpu", 2, 2**30, False, False), {})


def test_a_run_that_could_start_has_no_refusal(cells_of, feasibility):
    (cell,) = cells_of(grid=TESTING)
    assert feasibility.refusal(cell.config) is None


def test_a_refusal_says_who_has_the_algorithm(cells_of, feasibility):
    (cell,) = cells_of(grid={**TESTING, "algo": "bohb"})
    assert "It is in: ray" in feasibility.refusal(cell.config)


def test_a_refusal_says_what_a_precision_needs(cells_of, feasibility):
    (cell,) = cells_of(grid={**TESTING, "precision": "tf32"})
    assert "needs an NVIDIA GPU" in feasibility.refusal(cell.config)


def test_a_missing_engine_is_a_refusal(cells_of, feasibility, monkeypatch):
    monkeypatch.setattr("harness.testing.backends.SequentialBackend.modules", ("no_such_engine",))
    (cell,) = cells_of(grid=TESTING)
    assert "no_such_engine" in feasibility.refusal(cell.config)


def test_the_data_are_looked_at_once_for_all_seeds(cells_of, feasibility, monkeypatch):
    looks = []
    monkeypatch.setattr(Workload, "check_data", lambda self, root: looks.append(root))
    for cell in cells_of(grid={**TESTING, "precision": ["fp32", "amp"], "seed": [0, 1, 2]}):
        feasibility.refusal(cell.config)
    assert len(looks) == 2
