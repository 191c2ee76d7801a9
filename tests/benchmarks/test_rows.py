"""Every row measures at its smallest size."""

import math

import pytest

from benchmarks.measured import Target
from benchmarks.rows import (
    amp_search,
    cost_growth,
    epoch_report,
    start_up,
    training_efficiency,
    utilisation,
    virtual_time,
)
from benchmarks.side_by_side import training_speed_up


def test_the_core_reports_an_epoch_within_milliseconds(conditions):
    unwritten, written = epoch_report.measure(conditions)
    assert 0 < unwritten.value < written.value < 50


@pytest.mark.slow
@pytest.mark.long
def test_the_first_step_lies_between_command_and_end(searched):
    assert 0 < start_up.seconds_to_first_step(searched) < searched.wall_s


@pytest.mark.slow
@pytest.mark.long
def test_a_search_is_compared_with_one_training(real_conditions):
    search = amp_search.Search("propulate", "pbt", Target(0.9, "at least"), ballast_bytes=10**6)
    measured = amp_search.compare(real_conditions, search, training=2.0)
    assert measured.value == pytest.approx(measured.details["search_speed_up"] / 2.0)
    assert measured.details["epochs_fp32"] >= 8


@pytest.mark.slow
@pytest.mark.long
def test_one_training_is_timed_in_both_precisions(real_conditions):
    ratios = training_speed_up(amp_search.training_options(real_conditions), rounds=2)
    assert len(ratios) == 2
    assert all(ratio > 0 for ratio in ratios)


@pytest.mark.long
def test_the_use_of_slots_is_read_from_the_ledger(conditions):
    measured = utilisation.measure_search(conditions, "propulate", "rand")
    assert 0 < measured.value <= 1


def test_only_as_many_workers_are_measured_as_fit_into_memory():
    assert cost_growth.workers_that_fit("propulate", 24 * 10**9) == [2, 8, 32]
    assert cost_growth.workers_that_fit("deephyper", 24 * 10**9) == [2, 8, 32, 64]


@pytest.mark.slow
@pytest.mark.long
def test_costs_grow_with_workers_by_some_factor(conditions):
    measured = cost_growth.growth_with_workers(conditions, "propulate", (2, 3))
    assert measured.value >= 1
    assert set(measured.details) == {"ms_at_2", "ms_at_3"}


@pytest.mark.long
@pytest.mark.slow
def test_a_training_step_reaches_some_share_of_the_ceiling(conditions):
    shares = {number.subject: number.value for number in training_efficiency.measure(conditions)}
    assert set(shares) == {"cifar10 fp32", "cifar10 amp", "imagenet fp32", "imagenet amp"}
    assert all(0 < share < math.inf for share in shares.values())


@pytest.mark.slow
@pytest.mark.long
def test_an_event_of_a_replay_is_measured_at_each_size():
    measured = virtual_time.measure_search("deephyper", "asha", ((2, 8), (4, 16)))
    assert measured.value == measured.details["ms_at_4"] > 0
    assert measured.details["mb_at_4"] > 0 and measured.details["events"] > 32
