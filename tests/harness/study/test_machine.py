from pathlib import Path

import pytest

from harness.errors import RequestError
from harness.study.machine import machine_settings, place


def test_settings_of_the_machine_lie_over_those_of_the_cell(cells_of):
    (cell,) = cells_of(grid={"seed": 0}, settings={"threads": 8, "engine.cpus_per_trial": 2})
    placed = place(cell, machine_settings(Path("/data"), ["threads=1", "engine.address=a:1"]))
    assert placed.config.threads == 1
    assert placed.config.data == Path("/data")
    assert placed.config.engine == {"cpus_per_trial": 2, "address": "a:1"}


@pytest.mark.parametrize("setting", ["trials=3", "workload_options.images=3", "threads"])
def test_what_a_cell_is_cannot_be_set_for_a_machine(setting):
    with pytest.raises(RequestError, match="What a cell is, its study says"):
        machine_settings(None, [setting])
