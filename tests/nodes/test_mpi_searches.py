"""Searches on MPI over two nodes, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from harness.records.events import read_events
from tests.nodes.machines import REPOSITORY, machines, why_not
from tests.nodes.records import (
    epochs_of,
    exploits_between_nodes,
    hosts_that_trained,
    read_plain,
    summary,
    values,
    wait_until,
)

pytestmark = [pytest.mark.nodes, pytest.mark.slow]

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
DIGITS = ["--set", "workload_options.images=80", "--set", "workload_options.test_images=50"]

pytest.importorskip("mpi4py")


@pytest.fixture(scope="module")
def own_names_are_loopback():
    """Two nodes that call themselves 127.0.1.1, as Debian's hosts do."""
    if why_not() is not None:
        pytest.skip(str(why_not()))
    with machines(2, own_name_is_loopback=True) as made:
        yield made


def command(out: Path, backend: str, algorithm: str, *more: object) -> list[object]:
    asked = ["--backend", backend, "--algo", algorithm, "--out", out, "--json", "--workers", 2]
    return [sys.executable, "-m", "harness", "run", *asked, *more]


def sleeping(epoch_s: float, trials: int, epochs: int) -> list[object]:
    asked = ["--workload", ANALYTIC, "--set", f"workload_options.epoch_s={epoch_s}"]
    return [*asked, "--trials", trials, "--epochs", epochs]


def over(nodes, slots: int = 2, **environ: str) -> dict[str, str]:
    return {"HARNESS_MPIEXEC": nodes.mpiexec(slots), **environ}


def run(nodes, line, environ, patience_s=280.0):
    code, said = nodes.nodes[0].run(line, environ, timeout=patience_s)
    assert code == 0, said
    return said


@pytest.mark.parametrize(
    ("backend", "algorithm"),
    [
        *(("propulate", algorithm) for algorithm in ("rand", "asha", "pbt", "ga")),
        *(("deephyper", algorithm) for algorithm in ("rand", "asha", "cbo")),
    ],
)
def test_a_search_trains_on_both_nodes(two_nodes, backend, algorithm):
    out = two_nodes.folder / f"{backend}-{algorithm}"
    more = ["--workers", 3, *sleeping(0.05, 8, 6)]
    run(two_nodes, command(out, backend, algorithm, *more), over(two_nodes))
    assert summary(out)["status"] == "completed"
    assert summary(out)["failed_trials"] == 0
    assert hosts_that_trained(out) == {"node1", "node2"}
    if algorithm == "pbt":
        assert exploits_between_nodes(out)


def test_a_host_file_as_pbs_writes_it_names_the_nodes(two_nodes):
    out, hosts = two_nodes.folder / "pbs", two_nodes.folder / "nodefile"
    # One line a slot.
    hosts.write_text("node1\nnode1\nnode2\nnode2\n")
    launcher = two_nodes.mpiexec(2).replace("--host node1:2,node2:2", f"--hostfile {hosts}")
    environ = {"HARNESS_MPIEXEC": launcher, "PBS_NODEFILE": str(hosts)}
    line = command(out, "propulate", "asha", "--workers", 3, *sleeping(0.05, 8, 4))
    run(two_nodes, line, environ)
    assert (summary(out)["status"], summary(out)["failed_trials"]) == ("completed", 0)
    assert hosts_that_trained(out) == {"node1", "node2"}


@pytest.mark.parametrize("backend", ["propulate", "deephyper"])
def test_rand_has_the_same_values_on_one_node_and_on_two(two_nodes, backend):
    more = ["--trials", 4, "--epochs", 2, "--set", "threads=1", *DIGITS]
    outs = []
    for name, environ in (("one", {}), ("two", over(two_nodes))):
        out = two_nodes.folder / f"parity-{backend}-{name}"
        run(two_nodes, command(out, backend, "rand", *more), environ)
        outs.append(out)
    assert values(outs[0]) == values(outs[1])
    assert len(values(outs[0])) == 8


@pytest.mark.parametrize("nodes", ["two_nodes", "own_names_are_loopback"])
def test_two_ranks_on_two_nodes_train_one_trial(request, nodes):
    made = request.getfixturevalue(nodes)
    out = made.folder / "group"
    more = ["--workers", 1, "--ranks-per-trial", 2, "--trials", 2, "--epochs", 2]
    line = command(out, "propulate", "asha", *more, "--set", "threads=1", *DIGITS)
    run(made, line, over(made, slots=1))
    assert summary(out)["failed_trials"] == 0


@pytest.mark.parametrize("ahead_s", [100.0, -7200.0])
def test_a_launcher_whose_clock_is_not_that_of_rank_0_ends_a_search_in_time(two_nodes, ahead_s):
    out = two_nodes.folder / f"launcher-{ahead_s:.0f}"
    deaf = ["workload=digits", "seconds=300", "deaf=true"]
    deaf = [word for option in deaf for word in ("--set", f"workload_options.{option}")]
    line = command(out, "propulate", "rand", "--trials", 2, "--epochs", 2, "--time-limit", 8)
    line += ["--workload", "harness.testing.faults:SlowWorkload", *deaf]
    environ = {
        "HARNESS_MPIEXEC": two_nodes.mpiexec(2, two_nodes.nodes[1:]),
        "PYTHONPATH": two_nodes.wrong_clock("node1", ahead_s),
    }
    code, said = two_nodes.nodes[0].run(line, environ, timeout=280)
    assert code == 3, said
    assert "No trial trained an epoch within the time limit" in said
    assert 8 <= summary(out)["runtime_s"] < 100
    assert read_plain(out / "environment.json")["launcher_ahead_s"] == pytest.approx(
        ahead_s, abs=5.0
    )


@pytest.mark.parametrize("ahead_s", [100.0, -7200.0])
@pytest.mark.parametrize("backend", ["propulate", "deephyper"])
def test_a_wrong_clock_ends_no_search_and_moves_no_span(two_nodes, backend, ahead_s):
    out = two_nodes.folder / f"clock-{backend}-{ahead_s:.0f}"
    environ = over(two_nodes, PYTHONPATH=two_nodes.wrong_clock("node2", ahead_s))
    more = ["--workers", 3, "--time-limit", 90, *sleeping(0.1, 6, 4)]
    run(two_nodes, command(out, backend, "rand", *more), environ)
    found = summary(out)
    assert (found["status"], found["trials"], found["epochs"]) == ("completed", 6, 24)
    assert found["runtime_s"] < 90
    epochs = pd.read_parquet(out / "epochs.parquet")
    assert epochs["end_s"].between(0, found["runtime_s"]).all()
    told = {e["host"]: e["clock_ahead_s"] for _, e in read_events(out / "events") if "host" in e}
    assert told["node2"] == pytest.approx(ahead_s, abs=5.0)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("backend", ["propulate", "deephyper"])
def test_a_node_that_dies_silently_is_named_and_the_others_go_on(backend, count):
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(count) as made:
        *left, dying = made.nodes
        out = made.folder / "run"
        line = command(out, backend, "rand", *sleeping(0.5, 6, 40), "--workers", 2 * count - 1)
        search = made.nodes[0].start(line, over(made))
        wait_until(lambda: len(epochs_of(out)) >= 8 or search.is_over(), search.output)
        finished = epochs_of(out)
        dying.die_silently()
        died = time.monotonic()
        assert search.wait(150) == 1
        # Noticed within a minute; then the records are completed, on a machine that may be busy.
        assert time.monotonic() - died < 120
        said = search.output()
        assert f"was lost: {dying.name} does not answer" in said
        assert f"harness resume {out}" in said
        before = {writer for writer, _ in read_events(out / "events")}
        resumed = [sys.executable, "-m", "harness", "resume", out, "--workers", len(left) + 1]
        several = {"HARNESS_MPIEXEC": made.mpiexec(2, left)} if len(left) > 1 else {}
        code, said = made.nodes[0].run(resumed, several, timeout=280)
        assert code == 0, said
        assert hosts_that_trained(out, but_for=before) == {node.name for node in left}
        assert set(finished) <= set(epochs_of(out))
        assert (summary(out)["status"], summary(out)["trials"]) == ("completed", 6)


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ("node1:2,node9:2", "node9"),
        ("node1:1,node2:1", "not enough slots"),
    ],
)
def test_hosts_that_do_not_serve_are_told_in_one_line(two_nodes, hosts, told):
    out = two_nodes.folder / f"bad-{told.replace(' ', '-')}"
    line = command(out, "propulate", "rand", *sleeping(0.0, 4, 2), "--workers", 4)
    mpiexec = two_nodes.mpiexec(2).replace("node1:2,node2:2", hosts)
    code, said = two_nodes.nodes[0].run(line, {"HARNESS_MPIEXEC": mpiexec}, timeout=120)
    assert code == 1
    (cause,) = [line for line in said.splitlines() if "The MPI job" in line]
    assert told in cause
    assert not epochs_of(out)


def test_a_run_directory_that_the_other_node_does_not_see_is_told(two_nodes):
    out = Path("/dev/shm/run")
    line = command(out, "propulate", "rand", *sleeping(0.0, 4, 2), "--workers", 4)
    code, said = two_nodes.nodes[0].run(line, over(two_nodes), timeout=200)
    assert code == 2, said
    assert "node2" in said
    assert "does not see the run directory" in said


def test_another_version_on_one_node_is_told_before_a_trial_trains(two_nodes):
    older = two_nodes.folder / "older"
    about = older / "propulate-0.0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: propulate\nVersion: 0.0.1\n")
    (older / "sitecustomize.py").write_text(
        "import socket, sys\n"
        "if socket.gethostname() != 'node2':\n"
        f"    sys.path.remove({str(older)!r})\n"
    )
    out = two_nodes.folder / "versions"
    line = command(out, "propulate", "rand", *sleeping(0.0, 4, 2), "--workers", 4)
    environ = over(two_nodes, PYTHONPATH=os.pathsep.join([str(older), str(REPOSITORY)]))
    code, said = two_nodes.nodes[0].run(line, environ, timeout=200)
    assert code == 2, said
    assert "propulate is 0.0.1 on node2" in said
    assert "all nodes must have the same environment" in said
    assert not epochs_of(out)


def test_another_revision_on_one_node_is_told_before_a_trial_trains(two_nodes):
    other = two_nodes.folder / "other"
    git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    subprocess.run([*git, "clone", "--quiet", REPOSITORY, other], check=True)
    change = ["commit", "--quiet", "--allow-empty", "--message", "Something else"]
    subprocess.run([*git, "-C", other, *change], check=True)
    (two_nodes.folder / "sitecustomize.py").write_text(
        "import socket, sys\n"
        "if socket.gethostname() == 'node2':\n"
        f"    sys.path.insert(0, {str(other)!r})\n"
    )
    out = two_nodes.folder / "revisions"
    line = command(out, "propulate", "rand", *sleeping(0.0, 4, 2), "--workers", 4)
    environ = over(two_nodes, PYTHONPATH=os.pathsep.join([str(two_nodes.folder), str(REPOSITORY)]))
    code, said = two_nodes.nodes[0].run(line, environ, timeout=200)
    assert code == 2, said
    assert "the checkout is" in said and "on node2" in said
    assert not epochs_of(out)


def test_two_searches_run_at_once_on_the_same_nodes(two_nodes):
    outs = [two_nodes.folder / f"at-once-{number}" for number in range(2)]
    searches = [
        two_nodes.nodes[0].start(
            command(out, "propulate", "rand", *sleeping(0.1, 6, 4)), over(two_nodes, slots=1)
        )
        for out in outs
    ]
    for search, out in zip(searches, outs, strict=True):
        assert search.wait(280) == 0, search.output()
        assert (summary(out)["trials"], summary(out)["epochs"]) == (6, 24)
        assert hosts_that_trained(out) == {"node1", "node2"}
