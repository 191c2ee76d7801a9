from pathlib import Path

import pytest

from harness.config import build_config
from harness.errors import RequestError
from harness.study.machine import machine_settings, place, run_arguments


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


def test_the_arguments_of_a_cell_give_its_configuration_back(cells_of):
    (cell,) = cells_of(
        grid={"algo": "asha", "checkpoint_interval": 5},
        settings={
            "time_limit": 2.5,
            "perturbation_factors": [1.5, 0.5],
            "workload_options": {"image_size": [225, 255], "augment": False, "deep": {"x": 1}},
            "engine.address": "auto",
        },
    )
    arguments = run_arguments(cell, Path("out"))
    pairs = list(zip(arguments[::2], arguments[1::2], strict=True))
    options = {k[2:].replace("-", "_"): v for k, v in pairs if k not in {"--set", "--out"}}
    settings = [value for key, value in pairs if key == "--set"]
    assert build_config(None, options, settings) == cell.config
    assert pairs[-1] == ("--out", "out")
