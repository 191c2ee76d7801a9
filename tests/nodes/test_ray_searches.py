"""Searches on a Ray cluster that was started by hand on two nodes."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from harness.machine.hardware import usable_cores
from harness.records.events import read_events
from tests.nodes.hand_made_ray import ADDRESS, access, start_ray
from tests.nodes.machines import machines, why_not
from tests.nodes.records import (
    epochs_of,
    exploits_between_nodes,
    hosts_that_trained,
    summary,
    values,
    wait_until,
)

pytestmark = [pytest.mark.nodes, pytest.mark.slow]

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
DIGITS = ["--set", "workload_options.images=80", "--set", "workload_options.test_images=50"]
pytest.importorskip("ray")


@pytest.fixture(scope="module")
def ray_nodes():
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        start_ray(made)
        yield made


def command(out: Path, algorithm: str, *more: object) -> list[object]:
    asked = ["--backend", "ray", "--algo", algorithm, "--out", out, "--json"]
    asked += ["--set", f"engine.address={ADDRESS}", "--workload", ANALYTIC]
    return [sys.executable, "-m", "harness", "run", *asked, *more]


def sleeping(epoch_s: float, trials: int, epochs: int) -> list[object]:
    return [
        *["--set", f"workload_options.epoch_s={epoch_s}"],
        *["--trials", trials, "--epochs", epochs],
    ]


@pytest.mark.parametrize("algorithm", ["rand", "asha", "pbt"])
def test_a_search_trains_on_both_nodes(ray_nodes, algorithm):
    out = ray_nodes.folder / algorithm
    line = command(out, algorithm, "--workers", 4, *sleeping(0.2, 8, 8))
    code, said = ray_nodes.nodes[0].run(line, access(ray_nodes), timeout=280)
    assert code == 0, said
    assert summary(out)["failed_trials"] == 0
    assert hosts_that_trained(out) == {"node1", "node2"}
    if algorithm == "pbt":
        assert exploits_between_nodes(out)


def test_rand_has_the_same_values_on_one_node_and_on_two(ray_nodes):
    """On one node the search starts a Ray of its own."""
    outs = []
    for name, more in (("one", []), ("two", ["--set", f"engine.address={ADDRESS}"])):
        out = ray_nodes.folder / f"parity-{name}"
        asked = ["--backend", "ray", "--algo", "rand", "--out", out, "--json", "--workers", 2]
        asked += ["--trials", 4, "--epochs", 2, "--set", "threads=1", *DIGITS, *more]
        line = [sys.executable, "-m", "harness", "run", *asked]
        environ = access(ray_nodes) if more else {}
        code, said = ray_nodes.nodes[0].run(line, environ, timeout=280)
        assert code == 0, said
        outs.append(out)
    assert values(outs[0]) == values(outs[1])
    assert len(values(outs[0])) == 8


def test_more_workers_than_the_nodes_have_slots_for_are_refused(ray_nodes):
    out = ray_nodes.folder / "crowded"
    line = command(out, "rand", "--workers", 5, *sleeping(0.2, 8, 8))
    code, said = ray_nodes.nodes[0].run(line, access(ray_nodes), timeout=280)
    assert code == 2, said
    assert "node1 has 2, node2 has 2 CPUs" in said
    assert "ask for fewer workers" in said
    assert not epochs_of(out)


@pytest.mark.parametrize("ahead_s", [7200.0])
def test_a_wrong_clock_ends_no_search_and_moves_no_span(ahead_s):
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        path = made.wrong_clock("node2", ahead_s)
        start_ray(made, PYTHONPATH=path)
        out = made.folder / "run"
        line = command(out, "rand", "--workers", 4, "--time-limit", 120, *sleeping(0.2, 6, 4))
        code, said = made.nodes[0].run(line, {**access(made), "PYTHONPATH": path}, timeout=280)
        assert code == 0, said
        found = summary(out)
        assert (found["status"], found["trials"], found["epochs"]) == ("completed", 6, 24)
        ends = pd.read_parquet(out / "epochs.parquet")["end_s"]
        assert ends.between(0, found["runtime_s"]).all()
        told = {
            e["host"]: e["clock_ahead_s"] for _, e in read_events(out / "events") if "host" in e
        }
        assert told["node2"] == pytest.approx(ahead_s, abs=5.0)


def begun_on_both_nodes(made, line, out):
    search = made.nodes[0].start(line, access(made))
    wait_until(
        lambda: search.is_over() or ((out / "events").is_dir() and both_train(out)),
        search.output,
    )
    return search


def test_the_search_goes_on_without_a_node_that_dies_silently():
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        start_ray(made)
        out = made.folder / "run"
        line = command(out, "rand", "--workers", 4, *sleeping(0.5, 6, 60))
        search = begun_on_both_nodes(made, line, out)
        made.nodes[1].die_silently()
        assert search.wait(280) == 0, search.output()
        assert "node2" in search.output()
        assert (summary(out)["status"], summary(out)["trials"]) == ("completed", 6)
        assert len(epochs_of(out)) >= 6 * 60


def test_a_search_is_resumed_on_fewer_nodes():
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        start_ray(made)
        out = made.folder / "run"
        line = command(out, "rand", "--workers", 4, *sleeping(0.5, 6, 30))
        search = begun_on_both_nodes(made, line, out)
        driver = next(e for _, e in read_events(out / "events") if e["event"] == "driver")
        made.nodes[0].run(["kill", "-INT", driver["pid"]])
        assert search.wait(150) == 130, search.output()
        finished = epochs_of(out)
        assert 0 < len(finished) < 6 * 30
        made.nodes[1].die_silently()
        line = [sys.executable, "-m", "harness", "resume", out, "--workers", 2]
        code, said = made.nodes[0].run(line, access(made), timeout=280)
        assert code == 0, said
        assert set(finished) <= set(epochs_of(out))
        assert (summary(out)["status"], summary(out)["unfinished_trials"]) == ("completed", 0)


def test_two_ranks_train_one_trial_and_threads_come_from_the_nodes_that_are_there():
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        # A trial of two ranks fits on no node alone.
        start_ray(made, slots=1)
        out = made.folder / "group"
        asked = ["--backend", "ray", "--algo", "asha", "--out", out, "--json"]
        asked += ["--set", f"engine.address={ADDRESS}", "--workers", 1, "--ranks-per-trial", 2]
        asked += ["--trials", 2, "--epochs", 2, *DIGITS]
        code, said = made.nodes[0].run(
            [sys.executable, "-m", "harness", "run", *asked], access(made), timeout=280
        )
        assert code == 0, said
        assert summary(out)["failed_trials"] == 0
        # One of the two ranks on each node: it has all of the node's cores.
        assert yaml.safe_load((out / "run.yaml").read_text())["threads"] == usable_cores()


def both_train(out: Path) -> bool:
    return hosts_that_trained(out) == {"node1", "node2"}
