"""The studies hold the cells they are said to hold, and these can run."""

from collections import Counter

import pytest

from backends.ray.brackets import results_before_last
from harness.plugins.loading import load_workload
from harness.study.definition import load_study
from harness.study.feasibility import Feasibility
from harness.study.grid import expand
from harness.study.known_names import check_names_exist


@pytest.fixture
def cells_of(configs):
    return lambda name: expand(load_study(configs / "studies" / f"{name}.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["paper", "laptop", "laptop-control", "frameworks", "cells"])
def test_every_name_in_a_study_exists(cells_of, name):
    check_names_exist(cells_of(name))


def test_the_papers_study_has_the_papers_budgets(cells_of):
    trials = {(c.config.workload, c.config.algo): c.config.trials for c in cells_of("paper")}
    for workload in ("cifar10", "imagenet", "cfd"):
        assert trials[workload, "asha"] == trials[workload, "bohb"] == 128
        expected = 32 if workload == "cfd" else 16
        assert trials[workload, "rand"] == trials[workload, "pbt"] == expected


@pytest.mark.parametrize("name", ["paper", "laptop"])
def test_table_1_and_figure_2_are_in_the_papers_study_and_its_small_copy(cells_of, name):
    cells = [c.config for c in cells_of(name)]
    assert len(cells) == 78
    table_1 = Counter(
        (c.workload, c.algo, c.precision) for c in cells if c.checkpoint_interval == 1
    )
    assert len(table_1) == 3 * 4 * 2 and set(table_1.values()) == {3}
    figure_2 = {(c.workload, c.algo) for c in cells if c.checkpoint_interval == 5}
    assert figure_2 == {("cfd", "pbt")}


def test_the_control_differs_from_the_small_study_in_weights_and_data_order_alone(cells_of):
    def searches(name):
        cells = [cell.config.to_plain() for cell in cells_of(name)]
        seeds = [cell.pop("training_seed", None) for cell in cells]
        return cells, seeds

    control, seeds = searches("laptop-control")
    assert set(seeds) == {1000} and len(control) == 9
    small, seeds = searches("laptop")
    assert set(seeds) == {None}
    assert all(cell in small for cell in control)
    assert {(cell["algo"], cell["precision"]) for cell in control} == {("rand", "fp32")}


def test_every_cell_of_the_small_study_can_run_on_two_cores(cells_of, two_cores, any_data):
    feasibility = Feasibility(two_cores, {})
    assert {feasibility.refusal(cell.config) for cell in cells_of("laptop")} == {None}


def test_of_the_frameworks_only_deephyper_lacks_an_algorithm(cells_of, two_cores, any_data):
    feasibility = Feasibility(two_cores, {})
    refused = [c.config for c in cells_of("frameworks") if feasibility.refusal(c.config)]
    assert {(c.backend, c.algo) for c in refused} == {("deephyper", "pbt")}


def test_a_search_is_the_same_on_every_engine(cells_of):
    searches = {}
    for cell in cells_of("frameworks"):
        plain = cell.config.to_plain()
        plain.pop("backend")
        key = tuple(plain[name] for name in ("workload", "algo", "precision", "seed"))
        assert searches.setdefault(key, plain) == plain


def test_every_cell_of_the_papers_study_can_run_on_the_papers_gpus(cells_of, gpu_machine, any_data):
    feasibility = Feasibility(gpu_machine, {})
    assert {feasibility.refusal(cell.config) for cell in cells_of("paper")} == {None}


def test_no_cell_of_the_papers_study_runs_on_two_cores(cells_of, two_cores, any_data):
    feasibility = Feasibility(two_cores, {})
    assert all("shows no GPU" in feasibility.refusal(c.config) for c in cells_of("paper"))


@pytest.mark.parametrize("name", ["laptop", "frameworks"])
def test_algorithms_that_learn_have_trials_enough_to_learn_from(cells_of, name):
    for cell in cells_of(name):
        if cell.config.algo == "ga":
            assert (cell.config.trials or 0) >= 3 * (cell.config.population or 0) > 0
        if cell.config.algo == "bohb":
            space = load_workload(cell.config.workload, cell.config.workload_options).space()
            dimensions = len(list(space))
            most = results_before_last(
                cell.config.trials, cell.config.epochs, cell.config.reduction_factor
            )
            assert max(most.values()) >= 2 * (dimensions + 1)
