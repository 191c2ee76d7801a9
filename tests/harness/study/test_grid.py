import pytest

from harness.errors import RequestError
from harness.study.definition import load_study
from harness.study.grid import expand


def test_the_last_axis_changes_fastest_and_cells_count_from_zero(cells_of):
    cells = cells_of(grid={"algo": ["rand", "asha"], "seed": [0, 1]})
    assert [(c.number, c.config.algo, c.config.seed) for c in cells] == [
        (0, "rand", 0),
        (1, "rand", 1),
        (2, "asha", 0),
        (3, "asha", 1),
    ]


def test_names_say_what_a_cell_is(cells_of):
    (cell,) = cells_of(
        grid={
            "workload": "some.module:SomeWorkload",
            "checkpoint_interval": 5,
            "workload_options.images": 100,
            "engine.pollination": True,
        }
    )
    assert cell.name == (
        "SomeWorkload-ray-rand-fp32-checkpoint_interval_5-images_100-pollination_true-seed0"
    )


def test_cells_that_would_share_a_directory_are_refused(cells_of):
    with pytest.raises(RequestError, match="2 cells called"):
        cells_of(grid={"workload": ["a:Workload", "b:Workload"]})


def test_later_overrides_win_and_the_grid_wins_over_all(cells_of):
    cells = cells_of(
        grid={"algo": ["rand", "asha"], "seed": [0]},
        settings={"trials": 1, "engine": {"a": 1, "b": 1}},
        overrides=[
            {"when": {"seed": 0}, "settings": {"trials": 2, "engine.b": 2}},
            {"when": {"algo": ["asha"]}, "settings": {"trials": 3}},
        ],
    )
    assert [cell.config.trials for cell in cells] == [2, 3]
    assert cells[0].config.engine == {"a": 1, "b": 2}


def test_an_exclusion_leaves_out_what_matches_on_every_axis_it_names(cells_of):
    cells = cells_of(
        grid={"algo": ["rand", "asha", "pbt"], "precision": ["fp32", "amp"]},
        exclude=[{"algo": ["rand", "pbt"], "precision": "amp"}],
    )
    assert [(c.config.algo, c.config.precision) for c in cells] == [
        ("rand", "fp32"),
        ("asha", "fp32"),
        ("asha", "amp"),
        ("pbt", "fp32"),
    ]


def test_a_study_without_cells_is_refused(cells_of):
    with pytest.raises(RequestError, match="every combination is excluded"):
        cells_of(grid={"seed": [0]}, exclude=[{"seed": 0}])


def test_a_wrong_value_is_told_with_its_cell(cells_of):
    with pytest.raises(RequestError, match="cell 1: Setting trials"):
        cells_of(grid={"trials": [4, 0]})


def test_more_than_ten_thousand_cells_must_be_meant(write_study):
    study = load_study(write_study(grid={"seed": list(range(101)), "trials": list(range(1, 101))}))
    with pytest.raises(RequestError, match=r"10,100 combinations.*--yes"):
        expand(study)
    assert len(expand(study, allow_many=True)) == 10_100
