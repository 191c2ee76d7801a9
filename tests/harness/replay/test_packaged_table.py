"""The package has a table of real trainings, so that replays work without training."""

import json

from harness.replay.ask import packaged_table
from harness.replay.table_file import read_table
from harness.space import sample_configurations
from workloads.digits.workload import DigitsWorkload


def test_it_is_small_and_holds_whole_trainings_of_digits():
    path = packaged_table()
    assert path.stat().st_size < 500_000
    table = read_table(path)
    assert table.about.workload == "digits" and table.precision == "fp32"
    assert len(table.trainings) >= 32 and table.about.epochs == 6
    machine = json.loads(table.hardware[0])
    assert "EPYC" in machine["cpu"] and machine["threads"] == 1


def test_its_configurations_are_the_first_of_the_recorded_studys_search():
    table = read_table(packaged_table())
    drawn = sample_configurations(DigitsWorkload().space(), 48, 0)
    assert list(table.configurations) == drawn[: len(table.configurations)]
    assert max(t.curve.values[-1] for t in table.trainings) > 0.9
