"""Rungs and models know what earlier sessions saw."""

import math
from types import SimpleNamespace

import pytest

from backends.ray.schedulers import Brackets, Rungs
from backends.ray.searchers import NumberedBOHB
from backends.ray.space_translation import BOHBSpace
from backends.ray.trial_config import KEY, REPORTED, describe_trial
from harness.records.history import History, PastTrial
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload
from harness.trial import Trial, trial_name
from harness.trials.deadline import Deadline


def past(number, values, status="running", config=None):
    return PastTrial(Trial(trial_name(number), number, config or {}), status, None, values)


class MadeTrial(SimpleNamespace):
    """Is itself and no other, as Tune's trials are."""

    __hash__ = object.__hash__


@pytest.fixture
def tune_trial():
    """Makes a trial in Tune's eyes, named otherwise than the harness'."""

    def make(number):
        described = describe_trial(Trial(trial_name(number), number, {}))
        resources = SimpleNamespace()
        return MadeTrial(
            trial_id=f"tune-{number}",
            status="RUNNING",
            config={KEY: described},
            placement_group_factory=resources,
        )

    return make


@pytest.fixture
def controller():
    return SimpleNamespace(_actor_cache=SimpleNamespace(increase_max=lambda *_: None))


@pytest.mark.parametrize(("mode", "good"), [("max", 0.9), ("min", 0.1)])
def test_rungs_judge_by_past_values_and_no_trial_twice(tune_trial, controller, mode, good):
    rungs = Rungs(
        time_attr="epoch", metric="value", mode=mode, max_t=9, grace_period=1, reduction_factor=3
    )
    bad = 1 - good
    rungs.recall(History((past(0, {1: good, 2: good}), past(1, {1: bad, 2: bad}))))
    for number in (1, 2, 3):
        rungs.on_trial_add(controller, tune_trial(number))

    def judge(number, epoch, value):
        result = {"epoch": epoch, "value": value}
        return rungs.on_trial_result(controller, tune_trial(number), result)

    assert judge(2, 1, bad) == Rungs.STOP
    assert judge(3, 1, good) == Rungs.CONTINUE
    assert judge(1, 2, bad) == Rungs.CONTINUE


def test_rungs_tell_what_they_judge_by(tune_trial, controller):
    rungs = Rungs(
        time_attr="epoch", metric="value", mode="min", max_t=9, grace_period=1, reduction_factor=3
    )
    told = []
    rungs.judged = lambda trial, judgement: told.append((trial.trial_id, judgement))
    for number, values in enumerate([(0.2, 0.2), (0.8, 0.1), (0.1, 0.1)]):
        trial = tune_trial(number)
        rungs.on_trial_add(controller, trial)
        for epoch, value in enumerate(values, 1):
            rungs.on_trial_result(controller, trial, {"epoch": epoch, "value": value})
    assert [judgement.goes_on for _trial, judgement in told] == [True, False, True]
    assert [judgement.value for _trial, judgement in told] == [0.2, 0.8, 0.1]
    assert [judgement.against for _trial, judgement in told] == [None, 0.2, pytest.approx(0.4)]
    assert {judgement.epoch for _trial, judgement in told} == {1}


def test_bohb_goes_on_with_unfinished_trials_and_new_numbers():
    space = AnalyticWorkload().space()
    configurations = sample_configurations(space, 2, 0)
    over = past(0, {1: 0.1, 3: 0.3}, "stopped", configurations[0])
    cut_off = past(1, {1: 0.2, 2: 0.25, 3: 0.4}, "running", configurations[1])
    searcher = NumberedBOHB(
        BOHBSpace(space),
        "max",
        "value",
        7,
        4,
        Deadline(None),
        [1, 3, 9],
        History((over, cut_off)),
        trials=4,
    )
    # The cut-off trial's value at epoch 3 is reported again when a bracket judges it.
    assert {budget: len(found) for budget, found in searcher.bohber.losses.items()} == {1: 2, 3: 1}
    first, second = (searcher.suggest(name)[KEY] for name in ("a", "b"))
    assert (first["trial_id"], first["configuration"]) == ("t00001", configurations[1])
    assert first[REPORTED]["training_iteration"] == 3
    assert (second["trial_id"], second.get(REPORTED)) == ("t00002", None)


@pytest.fixture
def searcher():
    return NumberedBOHB(
        BOHBSpace(AnalyticWorkload().space()),
        "max",
        "value",
        7,
        4,
        Deadline(None),
        [1, 3, 9],
        History(),
        trials=4,
    )


def test_bohb_is_told_the_result_that_tune_withholds_and_no_result_twice(searcher):
    for name in ("a", "b"):
        searcher.suggest(name)
    searcher.on_trial_result("a", result_of(1, 0.5, budget=1))
    searcher.on_trial_complete("a", result_of(1, 0.5))
    searcher.on_trial_complete("b", result_of(3, 0.7))
    assert searcher.bohber.losses == {1: [-0.5], 3: [-0.7]}


def test_bohb_is_not_told_what_no_budget_ends_with(searcher):
    searcher.suggest("a")
    searcher.on_trial_result("a", result_of(2, 0.5))
    searcher.on_trial_complete("a", result_of(2, 0.5))
    assert searcher.bohber.losses == {}


def test_bohb_counts_a_trial_that_failed_among_the_worst_of_its_budget(
    searcher, tune_trial, controller
):
    brackets = Brackets(
        time_attr="training_iteration", metric="value", mode="max", max_t=9, reduction_factor=3
    )
    controller.search_alg = SimpleNamespace(searcher=searcher)
    trial = tune_trial(0)
    brackets.on_trial_add(controller, trial)
    searcher.suggest(trial.trial_id)
    failed = {**result_of(0, math.nan), "ended": True}
    brackets.on_trial_complete(controller, trial, failed)
    searcher.on_trial_complete(trial.trial_id, failed)
    assert searcher.bohber.losses == {1: [math.inf]}


def test_bohb_knows_what_failed_in_an_earlier_session():
    space = AnalyticWorkload().space()
    (config,) = sample_configurations(space, 1, 0)
    failed = past(0, {1: 0.1}, "failed", config)
    searcher = NumberedBOHB(
        BOHBSpace(space), "max", "value", 7, 4, Deadline(None), [1, 3, 9], History((failed,)), 4
    )
    assert searcher.bohber.losses == {1: [-0.1], 3: [math.inf]}


def result_of(epoch, value, budget=None):
    told = {} if budget is None else {"budget": budget}
    return {"training_iteration": epoch, "value": value, "hyperband_info": told}
