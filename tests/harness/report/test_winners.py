"""What winners are worth where nothing chose them."""

import json

import pytest

from harness.report.collection import collect
from harness.report.incumbents import Incumbents
from harness.report.pairs import pairs_section
from harness.report.questions import questions_of
from harness.report.sampling import sampling_variance
from harness.report.winners import winners_table

SMALL = {"trials": 4, "epochs": 3}


def table_of(folder):
    return winners_table(collect([folder])).data.set_index("precision")


def test_evaluation_and_training_in_reduced_precision_are_told_apart(write_runs):
    folder = write_runs(precision=["fp32", "amp"], seed=[0, 1], **SMALL)
    for run in sorted(folder.iterdir()):
        summary = json.loads((run / "summary.json").read_text())
        reduced = summary["precision"] == "amp"
        # AMP's weights lose 0.05 in FP32 against those of FP32, and 0.02 more in AMP.
        summary["test_value_fp32"] = 0.85 if reduced else 0.9
        summary["test_value"] = 0.83 if reduced else 0.9
        (run / "summary.json").write_text(json.dumps(summary))
    row = table_of(folder).loc["amp"]
    assert row["seeds"] == 2
    assert row["evaluation"] == pytest.approx(-0.02)
    assert row["regret"] == pytest.approx(0.05)


def test_the_regret_of_an_error_is_how_much_larger_it_is(write_runs):
    folder = write_runs(precision=["fp32", "amp"], metric="error", mode="min", **SMALL)
    for run in sorted(folder.iterdir()):
        summary = json.loads((run / "summary.json").read_text())
        summary["test_value_fp32"] = 0.3 if summary["precision"] == "amp" else 0.2
        (run / "summary.json").write_text(json.dumps(summary))
    assert table_of(folder).loc["amp", "regret"] == pytest.approx(0.1)


def test_the_control_is_the_baseline_with_another_data_order(write_runs):
    folder = write_runs(precision=["fp32", "amp"], training_seed=[0, 1, 2], **SMALL)
    table = table_of(folder)
    assert table["seeds"].to_dict() == {"amp": 3, "fp32, other data order": 2}
    assert table["evaluation"].to_dict()["fp32, other data order"] == 0


def test_runs_of_an_earlier_release_were_not_evaluated_in_fp32(write_runs):
    folder = write_runs(precision=["fp32", "amp"], **SMALL)
    for run in sorted(folder.iterdir()):
        summary = json.loads((run / "summary.json").read_text())
        del summary["test_value_fp32"], summary["test_samples"]
        (run / "summary.json").write_text(json.dumps(summary))
    collection = collect([folder])
    assert winners_table(collection) is None
    assert len(pairs_section(collection).tables) == 1
    (asked,) = precision_questions(collection)
    assert asked.question == "precision: test accuracy" and asked.sampling == 0


def precision_questions(collection):
    questions = questions_of(collection, Incumbents(collection))
    return [q for q in questions if q.question.startswith("precision: test")]


def test_precisions_are_compared_by_what_fp32_makes_of_their_weights(write_runs):
    folder = write_runs(
        precision=["fp32", "amp"], seed=[0, 1], evaluation_shift=0.0, test_samples=400, **SMALL
    )
    (asked,) = precision_questions(collect([folder]))
    assert asked.question == "precision: test accuracy evaluated in FP32"
    table = collect([folder]).table
    means = table.groupby("precision")["test_value_fp32"].agg(list)
    expected = [
        sum(value * (1 - value) / 400 for value in pair)
        for pair in zip(means["fp32"], means["amp"], strict=True)
    ]
    assert asked.sampling == pytest.approx(sum(expected) / 2)


def test_the_sampling_error_of_an_accuracy_is_binomial():
    assert sampling_variance(0.9, 100) == pytest.approx(0.0009)
    assert all(
        map(lambda v: v != v, (sampling_variance(0.9, float("nan")), sampling_variance(1.2, 9)))
    )


def test_what_is_the_same_to_the_last_digit_has_no_sampling_error(write_runs):
    folder = write_runs(backend=["ray", "propulate"], seed=[0, 1], test_samples=400, **SMALL)
    collection = collect([folder])
    questions = questions_of(collection, Incumbents(collection))
    (asked,) = [q for q in questions if q.question == "framework: test accuracy"]
    assert asked.values == (0.0, 0.0) and asked.sampling == 0
