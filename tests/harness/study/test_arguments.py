from pathlib import Path

from harness.config import build_config
from harness.study.arguments import cell_arguments, run_arguments


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
    assert arguments.pop(0) == "run"
    pairs = list(zip(arguments[::2], arguments[1::2], strict=True))
    options = {k[2:].replace("-", "_"): v for k, v in pairs if k not in {"--set", "--out"}}
    settings = [value for key, value in pairs if key == "--set"]
    assert build_config(None, options, settings) == cell.config
    assert pairs[-1] == ("--out", "out")


def test_a_cell_that_was_cut_off_is_resumed_with_the_settings_of_the_machine(
    directory, record, cells_of
):
    settings = {"threads": 2, "trials": 9, "engine.address": "auto"}
    (cell,) = cells_of(grid={"seed": 0}, settings=settings)
    assert cell_arguments(cell, directory)[0] == "run"
    record(cell, status=None)
    run = str(directory.run(cell))
    changes = ["--set", "threads=2", "--set", 'engine.address="auto"']
    assert cell_arguments(cell, directory) == ["resume", run, *changes]


def test_a_cell_that_failed_begins_anew(directory, record, cells_of):
    (cell,) = cells_of(grid={"seed": 0})
    record(cell, "failed")
    assert cell_arguments(cell, directory)[0] == "run"
