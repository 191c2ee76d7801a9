import pytest

from harness.report.collection import collect
from harness.report.directions import SMALL_MODEL, judge_directions

ALL = {"algo": ["rand", "asha", "bohb", "pbt"], "precision": ["fp32", "amp"], "seed": [0, 1]}


@pytest.fixture
def judge(write_runs):
    def judged(**settings):
        directions = judge_directions(collect([write_runs(trials=8, epochs=6, **settings)]))
        return {direction.number: direction for direction in directions}

    return judged


def test_searches_stay_below_single_trainings_and_metrics_are_alike(judge):
    found = judge(**ALL)
    assert found[3].verdict == found[4].verdict == "holds"
    assert len(found[3].cases) == 4 and "single training 1.4" in found[3].why


def test_pbt_that_gains_at_every_interval_is_told_with_its_numbers(judge):
    found = judge(algo="pbt", checkpoint_interval=[1, 5], precision=["fp32", "amp"])
    assert found[2].verdict == "does not hold"
    assert "interval 1 1." in found[2].why and "interval 5 1." in found[2].why


def test_large_models_do_not_judge_the_first_direction(judge):
    assert judge(**ALL, parameters=SMALL_MODEL + 1)[1].verdict == "cannot be judged"


def test_small_models_judge_the_first_direction(judge):
    assert judge(**ALL, parameters=SMALL_MODEL)[1].verdict == "holds"


def test_full_precision_alone_judges_nothing_and_says_what_it_takes(judge):
    found = judge(precision="fp32")
    assert {direction.verdict for direction in found.values()} == {"cannot be judged"}
    assert "it takes bohb and asha" in found[1].why


def test_a_metric_that_drops_does_not_hold(write_runs):
    import json

    runs = write_runs(precision=["fp32", "amp"], trials=4, epochs=3)
    for path in runs.glob("*/summary.json"):
        summary = json.loads(path.read_text())
        if summary["precision"] == "amp":
            summary["test_value"] -= 0.2
            path.write_text(json.dumps(summary))
    assert judge_directions(collect([runs]))[3].verdict == "does not hold"
