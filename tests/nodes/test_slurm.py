"""The shipped job scripts on two nodes of a real Slurm."""

from __future__ import annotations

import json
import os

import pytest

from tests.nodes.machines import machines, why_not
from tests.nodes.records import hosts_that_trained, summary
from tests.nodes.slurm import Slurm, why_no_slurm

pytestmark = [pytest.mark.nodes, pytest.mark.slow]

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
SLEEPING = ["--workload", ANALYTIC, "--set", "workload_options.epoch_s=0.1"]
SMALL = [*SLEEPING, "--trials", 8, "--epochs", 4]


@pytest.fixture(scope="module")
def slurm():
    reason = why_not() or why_no_slurm()
    if reason is None and os.geteuid() != 0:
        reason = "a real Slurm is started by root only"
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        yield Slurm(made)


@pytest.mark.parametrize(("backend", "algorithm"), [("propulate", "pbt"), ("deephyper", "asha")])
def test_a_search_on_mpi_trains_on_both_nodes(slurm, backend, algorithm):
    options = ("--nodes=2", "--ntasks=4", "--ntasks-per-node=2")
    line = [backend, "--algo", algorithm, *SMALL]
    number = slurm.submit("mpi_search.sh", *line, options=options, OUT=backend)
    code, said = slurm.wait(number)
    assert code == 0, said
    assert summary(slurm.work / backend)["status"] == "completed"
    assert hosts_that_trained(slurm.work / backend) == {"node1", "node2"}


def test_a_search_on_ray_trains_on_both_nodes(slurm):
    line = ["--algo", "asha", "--workers", 2, *SMALL]
    number = slurm.submit("ray_search.sh", *line, options=("--nodes=2",), OUT="ray")
    code, said = slurm.wait(number)
    assert code == 0, said
    assert hosts_that_trained(slurm.work / "ray") == {"node1", "node2"}
    assert "can't honor" not in said


def test_two_jobs_search_at_once_on_the_same_nodes(slurm):
    options = ("--nodes=2", "--ntasks=2", "--ntasks-per-node=1")
    line = ["propulate", "--algo", "rand", *SMALL]
    numbers = [
        slurm.submit("mpi_search.sh", *line, options=options, OUT=name)
        for name in ("left", "right")
    ]
    for number, name in zip(numbers, ("left", "right"), strict=True):
        code, said = slurm.wait(number)
        assert code == 0, said
        found = json.loads((slurm.work / name / "summary.json").read_text())
        assert (found["trials"], found["epochs"]) == (8, 32)
