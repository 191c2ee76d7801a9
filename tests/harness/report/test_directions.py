import pytest

from harness.report.collection import collect
from harness.report.direction_cases import SMALL_MODEL
from harness.report.directions import judge_directions

ALL = {"algo": ["rand", "asha", "bohb", "pbt"], "precision": ["fp32", "amp"], "seed": [0, 1]}


@pytest.fixture
def judge(write_runs):
    def judged(**settings):
        directions = judge_directions(collect([write_runs(trials=8, epochs=6, **settings)]))
        return {direction.number: direction for direction in directions}

    return judged


def test_searches_of_the_known_gain_support_what_is_true(judge):
    found = judge(**ALL)
    assert len(found[3].cases) == 4
    assert {case.outcome for case in found[3].cases} <= {"supported", "undecided"}
    rand = next(case for case in found[3].cases if "rand" in case.asked.scope)
    assert rand.outcome == "supported" and rand.estimate < 1


def test_pbt_that_gains_at_every_interval_contradicts_with_its_numbers(judge):
    seeds = [0, 1, 2, 3]
    found = judge(algo="pbt", checkpoint_interval=[1, 5], precision=["fp32", "amp"], seed=seeds)
    assert found[2].verdict == "contradicted"
    outcomes = {case.asked.scope[-1]: case.outcome for case in found[2].cases}
    assert outcomes == {"1": "contradicted", "5": "supported"}
    assert "below 1.02" in found[2].why


def test_one_seed_decides_no_direction(judge):
    found = judge(algo=["rand", "asha", "bohb", "pbt"], precision=["fp32", "amp"])
    assert {found[number].verdict for number in (1, 3, 4)} == {"undecided"}
    assert "one seed shows no spread" in found[3].why


def test_large_models_do_not_judge_the_first_direction(judge):
    assert judge(**ALL, parameters=SMALL_MODEL + 1)[1].verdict == "no case"


def test_small_models_judge_the_first_direction(judge):
    assert judge(**ALL, parameters=SMALL_MODEL)[1].verdict != "no case"


def test_full_precision_alone_judges_nothing_and_says_what_it_takes(judge):
    found = judge(precision="fp32")
    assert {direction.verdict for direction in found.values()} == {"no case"}
    assert "it takes bohb and asha" in found[1].why


def test_a_metric_that_drops_contradicts(write_runs):
    import json

    runs = write_runs(precision=["fp32", "amp"], seed=[0, 1, 2], trials=4, epochs=3)
    for path in runs.glob("*/summary.json"):
        summary = json.loads(path.read_text())
        if summary["precision"] == "amp":
            summary["test_value"] -= 0.2
            path.write_text(json.dumps(summary))
    assert judge_directions(collect([runs]))[3].verdict == "contradicted"
