"""The package has tables of real trainings, so that replays work without training."""

import json
from pathlib import Path

import pytest

from harness.replay.ask import packaged_table, table_asked_for
from harness.replay.grid import grid_space
from harness.replay.table_file import read_table
from harness.space import sample_configurations
from workloads.cifar10.workload import Cifar10Workload
from workloads.digits.workload import DigitsWorkload


@pytest.mark.parametrize(("name", "trainings", "epochs"), [("digits", 96, 6), ("cifar10", 32, 12)])
def test_they_are_small_and_hold_whole_trainings_of_two_seeds(name, trainings, epochs):
    path = packaged_table(name)
    assert path.stat().st_size < 500_000
    table = read_table(path)
    assert table.about.workload == name and table.precision == "fp32" and table.seeds == 2
    assert len(table.trainings) == trainings and table.about.epochs == epochs
    machine = json.loads(table.hardware[0])
    assert "EPYC" in machine["cpu"] and machine["threads"] == 1


def test_the_configurations_of_digits_are_those_of_a_search():
    table = read_table(packaged_table())
    assert list(table.configurations) == sample_configurations(DigitsWorkload().space(), 48, 0)
    assert max(t.curve.values[-1] for t in table.trainings) > 0.9


def test_those_of_cifar10_are_a_whole_grid():
    table = read_table(packaged_table("cifar10"))
    assert grid_space(table, Cifar10Workload().space()) is not None
    assert max(t.curve.values[-1] for t in table.trainings) > 0.2


def test_a_packaged_table_is_asked_for_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert table_asked_for(None) == packaged_table("digits")
    assert table_asked_for(Path("cifar10")) == packaged_table("cifar10")
    own = Path("cifar10")
    own.touch()
    assert table_asked_for(own) == own
    assert table_asked_for(Path("no-such")) == Path("no-such")
