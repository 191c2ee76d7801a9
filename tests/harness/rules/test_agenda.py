from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.backend import SearchContext
from harness.records.history import History, PastTrial
from harness.rules.agenda import seeds_agenda, suggested_agenda
from harness.trial import Trial, trial_name

SEEDS = [{"x": float(number)} for number in range(6)]


def past(number, status, reason=None, x=None):
    config = SEEDS[number] if x is None else {"x": x}
    return PastTrial(Trial(trial_name(number), number, config), status, reason, {1: 0.5})


@pytest.fixture
def context(tmp_path):
    def make(*trials):
        return SearchContext(
            spec=SimpleNamespace(trials=6, population=3),
            space=None,
            configurations=SEEDS,
            objective=None,
            recorder=None,
            directory=tmp_path,
            history=History(trials),
        )

    return make


def evaluations(agenda):
    trials = [agenda.trial(place) for place in range(len(agenda))]
    configurations = [None if trial is None else trial.config for trial in trials]
    return [(agenda.number(place), config) for place, config in enumerate(configurations)]


def test_a_search_that_begins_has_its_design_and_then_suggestions(context):
    agenda = suggested_agenda(context())
    assert evaluations(agenda) == [*enumerate(SEEDS[:3]), (3, None), (4, None), (5, None)]


def test_what_was_cut_off_comes_first_with_its_configuration(context):
    agenda = suggested_agenda(
        context(
            past(0, "completed"),
            past(1, "running"),
            past(4, "stopped", "time-limit", x=0.4),
            past(3, "failed", "nan", x=0.3),
        )
    )
    # Number 2 was never begun, although later ones were.
    expected = [(1, SEEDS[1]), (4, {"x": 0.4}), (2, SEEDS[2]), (5, None)]
    assert evaluations(agenda) == expected


def test_nothing_is_left_when_all_are_over(context):
    over = [past(number, "stopped", "rung") for number in range(6)]
    assert len(suggested_agenda(context(*over))) == 0
    assert len(seeds_agenda(context(*over))) == 0


def test_the_seeds_configurations_stay_in_order(context):
    agenda = seeds_agenda(context(past(0, "completed"), past(3, "running")))
    assert evaluations(agenda) == [(number, SEEDS[number]) for number in range(1, 6)]
