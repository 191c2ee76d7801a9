"""No sentence says more than its row."""

import re

import numpy as np
import pytest

from harness.report.sentences import sentence
from harness.statistics.questions import Claim, Question, judge

COST = {"question": "framework: worker-seconds per epoch", "scale": "ratio", "margin": 0.02}
ACCURACY = {
    "question": "algorithm: test accuracy",
    "scale": "difference",
    "margin": 0.01,
    "less_is_better": False,
}


def say(*values, sign="÷", **settings):
    question = Question(
        family="f", scope="cifar10", contrast=f"A {sign} B", values=values, **settings
    )
    return sentence(judge([question])[0])


def test_a_faster_one_is_faster_by_what_it_saves():
    assert say(0.87, 0.88, 0.89, **COST) == (
        "A is faster than B by 12.0 % (95 %: 9.5 to 14.5): worker-seconds per epoch; cifar10."
    )


def test_a_slower_one_is_slower_by_what_it_adds():
    assert say(1.11, 1.12, 1.13, **COST).startswith("A is slower than B by 12.0 % (95 %: 9.")


def test_equivalence_names_the_margin():
    text = say(1.001, 0.999, 1.002, 0.998, **COST)
    assert text.startswith("A and B are equivalent within 2 % (95 %: −0.")


def test_what_is_open_says_how_many_seeds_would_close_it():
    assert re.match(
        r"Cannot tell A from B \(95 %: −.* to .*\); about \d+ more seeds? would: ",
        say(1.0, 1.06, 1.02, **COST),
    )


def test_accuracies_are_told_in_percentage_points():
    text = say(0.05, 0.051, 0.049, sign="−", **ACCURACY)
    assert text.startswith("A is better than B by 5 percentage points (95 %: 4.8 to 5.2)")


def test_a_claim_is_told_with_its_bound():
    text = say(1.2, 1.21, 1.19, claim=Claim(high=1.02), **COST)
    assert text == (
        "The runs contradict it (1.20, 95 %: 1.18 to 1.23): A ÷ B is to be below 1.02; cifar10."
    )


@pytest.mark.parametrize("settings", [COST, ACCURACY], ids=["cost", "accuracy"])
def test_a_sentence_is_as_strong_as_its_verdict(settings):
    random = np.random.default_rng(0)
    words = {"better": "faster than|better than", "worse": "slower than|worse than"}
    words |= {"equivalent": "are equivalent within", "undecided": "^Cannot tell"}
    seen = set()
    for effect in (0.0, 0.05, -0.05):
        for _study in range(40):
            values = random.normal(effect, 0.01, 5)
            numbers = np.exp(values) if settings["scale"] == "ratio" else values
            sign = "÷" if settings["scale"] == "ratio" else "−"
            question = Question(
                family="f",
                scope="s",
                contrast=f"A {sign} B",
                values=tuple(map(float, numbers)),
                **settings,
            )
            (verdict,) = judge([question])
            seen.add(verdict.outcome)
            for outcome, pattern in words.items():
                said = re.search(pattern, sentence(verdict)) is not None
                assert said == (outcome == verdict.outcome)
    assert {"better", "worse", "undecided"} <= seen


def test_a_test_set_that_is_too_small_is_what_keeps_a_question_open():
    text = say(0.005, 0.006, 0.004, sign="−", sampling=0.02**2, **ACCURACY)
    assert text.startswith("Cannot tell A from B (95 %: −")
    assert "; no number of seeds would with so few test samples: " in text
