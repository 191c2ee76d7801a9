"""What cannot be judged is said in words, and nothing is divided by nothing."""

import json
import math
import warnings

import pytest

from harness.report.answers import answers_of
from harness.report.collection import collect
from harness.report.incumbents import Incumbents
from harness.report.methods import methods_section
from harness.report.questions import questions_of
from harness.report.sentences import sentence
from harness.report.targets import targets_section
from harness.report.verdicts import COLUMNS, verdicts_section
from harness.statistics.questions import judge


def change(folder, **entries):
    for file in folder.glob("*/summary.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | entries))


def verdicts(folder):
    collection = collect([folder])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return judge(questions_of(collection, Incumbents(collection)))


SMALL = {"trials": 2, "epochs": 2}


def test_one_seed_is_undecided_and_says_why(write_runs):
    folder = write_runs(backend=["ray", "propulate"], precision=["fp32", "amp"], **SMALL)
    found = verdicts(folder)
    assert found and {verdict.outcome for verdict in found} == {"undecided"}
    assert all("one seed shows no spread; run at least two more" in sentence(v) for v in found)


def test_one_precision_is_no_question(write_runs):
    folder = write_runs(seed=[0, 1], **SMALL)
    assert verdicts(folder) == []
    collection = collect([folder])
    answers = {answer.question: answer.missing for answer in answers_of(collection, [])}
    assert "one precision" in answers["Which precision?"]
    section = verdicts_section(collection, [])
    assert "allow no comparison" in section.missing
    assert list(section.tables[0].data) == list(COLUMNS)


@pytest.mark.parametrize("baseline, precisions", [("tf32", ["fp32", "amp"]), ("fp32", ["amp"])])
def test_a_baseline_that_no_run_has_is_said(write_runs, baseline, precisions):
    folder = write_runs(precision=precisions, seed=[0, 1], **SMALL)
    answers = answers_of(collect([folder], baseline), [])
    (missing,) = [a.missing for a in answers if a.question == "Which precision?"]
    assert f"no run in {baseline}, the baseline" in missing
    assert ", ".join(sorted(precisions)) in missing


def test_seeds_that_precisions_do_not_share_are_not_compared(write_runs):
    write_runs(precision="fp32", seed=[0, 1], **SMALL)
    folder = write_runs(precision="amp", seed=[2, 3], **SMALL)
    assert verdicts(folder) == []


def test_other_budgets_are_not_compared(write_runs):
    write_runs(backend="ray", seed=[0, 1], trials=2, epochs=2)
    folder = write_runs(backend="propulate", seed=[0, 1], trials=4, epochs=2)
    assert verdicts(folder) == []


def test_times_that_are_none_enter_no_question(write_runs):
    folder = write_runs(precision=["fp32", "amp"], seed=[0, 1, 2], **SMALL)
    # A replay takes no time where its table says so; a real run that says so is damaged.
    change(folder, runtime_s=0.0, startup_s=0.0, virtual=True)
    expected = {"precision: test accuracy evaluated in FP32"}
    assert {v.asked.question for v in verdicts(folder)} == expected


def test_results_that_are_missing_enter_no_question(write_runs):
    folder = write_runs(backend=["ray", "propulate"], seed=[0, 1], **SMALL)
    change(folder, test_value=None)
    assert not [v for v in verdicts(folder) if "test" in v.asked.question]


def test_an_error_of_zero_has_no_ratio_and_is_compared_by_differences(write_runs):
    folder = write_runs(precision=["fp32", "amp"], seed=[0, 1], metric="mse", mode="min", **SMALL)
    change(folder, test_value=0.0)
    (found,) = [v for v in verdicts(folder) if "test" in v.asked.question]
    assert found.asked.scale == "difference" and found.asked.margin == 0
    assert found.outcome == "undecided"


def test_searches_that_all_end_without_the_target_are_counted_as_such(write_runs):
    folder = write_runs(seed=[0, 1], **SMALL)
    change(folder, best_value=2.0)
    collection = collect([folder])
    section = targets_section(collection, Incumbents(collection))
    (row,) = section.tables[0].data.to_dict("records")
    assert row["reached"] == 0 and math.isinf(row["median epochs"])
    assert section.tables[0].shown["median epochs"].tolist() == ["not reached"]
    assert section.figures == []


def test_a_margin_of_zero_makes_nothing_equivalent(write_runs):
    folder = write_runs(backend=["ray", "propulate"], seed=[0, 1], **SMALL)
    (folder / "study.yaml").write_text("margins: {time: 0, accuracy: 0, error: 0}\n")
    assert "equivalent" not in {verdict.outcome for verdict in verdicts(folder)}


def test_copies_are_one_method_and_the_same_to_the_last_digit(write_runs):
    settings = {"algo": ["rand", "pbt"], "seed": [0, 1], "trials": 4, "epochs": 4}
    folder = write_runs(backend=["ray", "propulate"], **settings)
    methods = methods_section(collect([folder])).tables[0].data["method"]
    assert "propulate rand = ray rand" in list(methods)
    same = [v for v in verdicts(folder) if v.asked.question == "framework: test accuracy"]
    assert "are the same to the last digit on every seed" in sentence(same[0])
