"""The shipped job scripts on two nodes of a real Slurm."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest
import yaml

from tests.nodes.machines import REPOSITORY, machines, why_not
from tests.nodes.records import epochs_of, hosts_that_trained, summary, wait_until
from tests.nodes.slurm import Slurm, why_no_slurm

pytestmark = [pytest.mark.nodes, pytest.mark.slow]

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
SLEEPING = ["--workload", ANALYTIC, "--set", "workload_options.epoch_s=0.1"]
SMALL = [*SLEEPING, "--trials", 8, "--epochs", 4]


@pytest.fixture(scope="module")
def possible():
    reason = why_not() or why_no_slurm()
    if reason is None and os.geteuid() != 0:
        reason = "a real Slurm is started by root only"
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def slurm(possible):
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


def test_a_study_over_two_nodes_ends_with_its_report(slurm):
    study = slurm.work / "engines.yaml"
    settings = {"workload": ANALYTIC, "workload_options": {"epoch_s": 0.1}, "workers": 2}
    small = {**settings, "algo": "rand", "trials": 4, "epochs": 3}
    study.write_text(yaml.safe_dump({"grid": {"backend": ["propulate", "ray"]}, "settings": small}))
    jobs = REPOSITORY / "jobs"
    options = ["--nodes=2", "--ntasks=2", "--ntasks-per-node=1"]
    line = [jobs / "submit_study.sh", study, "study", *options]
    said = slurm.client(*line, JOBS=str(jobs), CELLS_AT_ONCE="1")
    assert "report: job" in said
    slurm.wait_for_end(int(said.split()[-1]))
    cells = [path.parent for path in (slurm.work / "study").glob("*/summary.json")]
    assert len(cells) == 2
    for cell in cells:
        assert summary(cell)["status"] == "completed"
        assert hosts_that_trained(cell) == {"node1", "node2"}
    (page,) = (slurm.work / "study").glob("**/index.html")
    shown = page.read_text(encoding="utf-8")
    assert "propulate" in shown and "ray" in shown


def test_a_node_that_dies_in_a_job_is_named_and_its_search_is_resumed_on_the_other(possible):
    with machines(2) as made:
        slurm = Slurm(made)
        options = ("--nodes=2", "--ntasks=4", "--ntasks-per-node=2", "--no-requeue")
        long = [*SLEEPING, "--trials", 6, "--epochs", 200]
        number = slurm.submit(
            "mpi_search.sh", "propulate", "--algo", "rand", *long, options=options, OUT="run"
        )
        out, printed = slurm.work / "run", slurm.work / f"{number}.out"
        wait_until(
            lambda: out.is_dir() and hosts_that_trained(out) == {"node1", "node2"},
            lambda: printed.read_text() if printed.exists() else "",
        )
        made.nodes[1].die_silently()
        died = time.monotonic()
        wait_until(lambda: "harness resume run" in printed.read_text(), printed.read_text)
        assert "node2" in printed.read_text()
        assert time.monotonic() - died < 120
        finished = epochs_of(out)
        resumed = [sys.executable, "-m", "harness", "resume", out, "--workers", 2]
        code, said = made.nodes[0].run(resumed, timeout=280)
        assert code == 0, said
        assert set(finished) <= set(epochs_of(out))
        assert (summary(out)["status"], summary(out)["trials"]) == ("completed", 6)
