"""The shipped job scripts, submitted to a real Slurm; what they leave is read from the records."""

import json
import socket
from pathlib import Path

import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.slow

BACKEND = "harness.testing.backends:SequentialBackend"
WORKLOAD = "harness.testing.workloads:AnalyticWorkload"
SMALL = ("--workload", WORKLOAD, "--trials", "4", "--epochs", "3")
JOBS = Path(__file__).resolve().parents[2] / "jobs"
ONE_NODE = ("--nodes=1", f"--nodelist={socket.gethostname().partition('.')[0]}")


def summary_of(run):
    return json.loads((run / "summary.json").read_text())


def write_study(slurm, name, **settings):
    study = {
        "grid": {"algo": ["rand", "bohb"], "seed": [0, 1]},
        "settings": {"backend": BACKEND, "workload": WORKLOAD, "workers": 1, **settings},
        "exclude": [{"algo": "bohb", "seed": 1}],
    }
    path = slurm.work / f"{name}.yaml"
    path.write_text(yaml.safe_dump(study))
    return path


@pytest.mark.long
def test_a_ray_search_runs_on_two_nodes_and_leaves_nothing_behind(slurm):
    number = slurm.submit(
        "ray_search.sh", *SMALL, "--workers", "2", options=["--nodes=2"], OUT="ray"
    )
    job = slurm.wait(number)
    assert job.exit_code == 0, job.output
    summary = summary_of(slurm.work / "ray")
    assert (summary["status"], summary["trials"], summary["epochs"]) == ("completed", 4, 12)
    assert not list(slurm.work.glob(".ray-*"))


@pytest.mark.long
def test_two_ray_searches_share_a_node(slurm):
    arguments = (*SMALL, "--workers", "1", "--set", "workload_options.epoch_s=1")
    options = (*ONE_NODE, "--ntasks-per-node=1", "--cpus-per-task=1")
    numbers = [
        slurm.submit("ray_search.sh", *arguments, options=options, OUT=name)
        for name in ("left", "right")
    ]
    jobs = [slurm.wait(number) for number in numbers]
    assert [job.exit_code for job in jobs] == [0, 0], [job.output for job in jobs]
    first, second = (slurm.show(number) for number in numbers)
    assert second["StartTime"] < first["EndTime"]
    for name in ("left", "right"):
        assert summary_of(slurm.work / name)["trials"] == 4


@pytest.mark.long
def test_a_ray_search_that_is_warned_completes_its_records(slurm):
    number = slurm.submit(
        "ray_search.sh",
        *("--workload", WORKLOAD, "--trials", "8", "--epochs", "100", "--workers", "1"),
        *("--set", "workload_options.epoch_s=0.2"),
        options=ONE_NODE,
        OUT="cut",
        MOST_REQUEUES="0",
    )
    events = slurm.work / "cut" / "events"
    slurm.wait_until(lambda: any('"epoch"' in f.read_text() for f in events.glob("*.jsonl")))
    slurm.client("scancel", "--signal=USR1", "--batch", number)
    job = slurm.wait(number)
    assert job.exit_code == 130, job.output
    assert summary_of(slurm.work / "cut")["status"] == "interrupted"
    assert len(pd.read_parquet(slurm.work / "cut" / "epochs.parquet")) > 0


@pytest.mark.long
def test_a_search_that_the_wall_time_cuts_short_is_resumed(slurm):
    number = slurm.submit(
        "mpi_search.sh",
        "propulate",
        *("--workload", WORKLOAD, "--trials", "2", "--epochs", "30"),
        *("--set", "workload_options.epoch_s=0.2"),
        options=["--ntasks=1", *ONE_NODE],
        OUT="resumed",
        HARNESS_MPIEXEC="",
    )
    events = slurm.work / "resumed" / "events"
    slurm.wait_until(lambda: any('"epoch"' in f.read_text() for f in events.glob("*.jsonl")))
    slurm.client("scancel", "--signal=USR1", "--batch", number)
    slurm.wait_until(lambda: slurm.show(number)["Restarts"] == "1")
    job = slurm.wait(number)
    assert job.exit_code == 0, job.output
    summary = summary_of(slurm.work / "resumed")
    assert (summary["status"], summary["trials"], summary["epochs"]) == ("completed", 2, 60)
    epochs = pd.read_parquet(slurm.work / "resumed" / "epochs.parquet")
    assert not epochs.duplicated(["trial_id", "epoch"]).any()
    # Both goes trained: the second did not begin anew.
    assert len({path.name for path in events.glob("*.jsonl")}) > 2
    assert not list(slurm.work.glob("resumed.interrupted-*"))


@pytest.mark.parametrize(
    "backend", ["propulate", pytest.param("deephyper", marks=pytest.mark.long)]
)
def test_an_mpi_search_runs_on_the_tasks_of_a_job(slurm, pmix, backend):
    number = slurm.submit(
        "mpi_search.sh", backend, *SMALL, options=["--ntasks=2", *ONE_NODE], OUT=backend
    )
    job = slurm.wait(number)
    assert job.exit_code == 0, job.output
    summary = summary_of(slurm.work / backend)
    assert (summary["status"], summary["trials"]) == ("completed", 4)
    assert summary["workers"] == (2 if backend == "propulate" else 1)


@pytest.mark.long
def test_an_mpi_search_runs_with_mpiexec_as_well(slurm):
    number = slurm.submit(
        "mpi_search.sh",
        "propulate",
        *SMALL,
        options=["--ntasks=2", *ONE_NODE],
        OUT="mpiexec",
        HARNESS_MPIEXEC="",
    )
    job = slurm.wait(number)
    assert job.exit_code == 0, job.output
    assert summary_of(slurm.work / "mpiexec")["trials"] == 4


def test_ranks_that_are_not_one_world_are_refused(slurm):
    number = slurm.submit(
        "mpi_search.sh",
        "propulate",
        *SMALL,
        options=["--ntasks=2", *ONE_NODE],
        OUT="worlds",
        HARNESS_MPIEXEC="srun --mpi=none",
    )
    job = slurm.wait(number)
    assert job.exit_code != 0
    assert "did not start one world of 2 ranks" in job.output
    assert not (slurm.work / "worlds").exists()


@pytest.mark.long
def test_a_study_is_an_array_and_a_report_after_it(slurm):
    study = write_study(slurm, "small", trials=2, epochs=2)
    out = slurm.work / "small"
    answer = slurm.client("bash", JOBS / "submit_study.sh", study, out)
    array, report = (int(part.rpartition(" ")[2]) for part in answer.split(";"))
    slurm.wait(array)
    job = slurm.wait(report)
    assert job.exit_code == 0, job.output
    runs = [path.parent for path in out.glob("*/summary.json")]
    assert [summary_of(run)["status"] for run in runs] == ["completed"] * 2
    assert any((out / "report").iterdir())
    refused = (slurm.work / f"study-{array}_2.out").read_text()
    assert "has no algorithm 'bohb'" in refused


@pytest.mark.long
def test_a_cell_that_the_wall_time_cuts_short_goes_on(slurm):
    study = write_study(slurm, "long", trials=2, epochs=120, workload_options={"epoch_s": 0.2})
    out = slurm.work / "long"
    options = ["--array=0", "--time=1", "--signal=B:USR1@40", "--output=%A.out"]
    number = slurm.submit("study.sh", study, out, options=options)
    slurm.wait_until(lambda: slurm.show(number)["Restarts"] == "1")
    slurm.client("scontrol", "update", f"jobid={number}", "timelimit=10")
    job = slurm.wait(number)
    assert job.exit_code == 0, job.output
    assert not list(out.glob("*.interrupted-*"))
    (summary,) = out.glob("*/summary.json")
    finished = summary_of(summary.parent)
    assert (finished["status"], finished["epochs"], finished["sessions"]) == ("completed", 240, 2)


@pytest.mark.long
def test_a_cell_on_several_nodes_gets_a_ray_cluster(slurm):
    study = write_study(slurm, "ray_cells", backend="ray", trials=2, epochs=2)
    out = slurm.work / "ray_cells"
    options = ["--array=0", "--nodes=2", "--output=%A.out"]
    job = slurm.wait(slurm.submit("study.sh", study, out, options=options))
    assert job.exit_code == 0, job.output
    (run,) = (path.parent for path in out.glob("*/run.yaml"))
    assert summary_of(run)["status"] == "completed"
    assert yaml.safe_load((run / "run.yaml").read_text())["engine"]["address"]
