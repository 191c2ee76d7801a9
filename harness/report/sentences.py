"""Says what a verdict says, and no more than that."""

from __future__ import annotations

import math

from harness.report.wording import counted, number_text
from harness.statistics.intervals import CONFIDENCE, with_sampling
from harness.statistics.questions import Claim, Question, Verdict
from harness.statistics.seeds_needed import MOST_SEEDS


def sentence(verdict: Verdict) -> str:
    """Return a verdict as a sentence, made from the row of the table alone."""
    asked = verdict.asked
    if asked.claim is not None:
        return _about_claim(verdict)
    first, second = _names(asked.contrast)
    subject = asked.question.partition(": ")[2]
    where = f"{subject}; {asked.scope}"
    if verdict.interval.n > 1 and verdict.interval.deviation == verdict.interval.mean == 0:
        return f"{first} and {second} are the same to the last digit on every seed: {where}."
    if verdict.outcome == "equivalent":
        return (
            f"{first} and {second} are equivalent within {margin_text(verdict)} "
            f"({_interval(verdict)}): {where}."
        )
    if verdict.outcome == "undecided":
        return f"Cannot tell {first} from {second}{_why_open(verdict)}: {where}."
    return f"{first} {_comparison(verdict, second)} ({_interval(verdict)}): {where}."


def _about_claim(verdict: Verdict) -> str:
    words = {
        "supported": "The runs support it",
        "contradicted": "The runs contradict it",
        "undecided": "Cannot tell",
    }[verdict.outcome]
    asked = verdict.asked
    open_ = _why_open(verdict) if verdict.outcome == "undecided" else f" ({_interval(verdict)})"
    return f"{words}{open_}: {asked.contrast} is to be {claim_text(verdict)}; {asked.scope}."


def claim_text(verdict: Verdict) -> str:
    """Return what is claimed of a number."""
    claim = verdict.asked.claim or Claim()
    low, high = (number_text(abs(bound)) for bound in (claim.low, claim.high))
    if math.isfinite(claim.low) and math.isfinite(claim.high) and claim.low == -claim.high:
        return f"within ± {high}"
    low, high = (number_text(bound) for bound in (claim.low, claim.high))
    if claim.high == math.inf:
        return f"above {low}"
    return f"below {high}" if claim.low in {-math.inf, 0.0} else f"between {low} and {high}"


def margin_text(verdict: Verdict) -> str:
    """Return a margin in words."""
    asked = verdict.asked
    if asked.scale == "ratio":
        return f"{100 * asked.margin:g} %"
    return _difference_text(asked.margin, asked.question)


def _comparison(verdict: Verdict, second: str) -> str:
    asked = verdict.asked
    better = verdict.outcome == "better"
    if asked.scale == "difference":
        word = "better" if better else "worse"
        size = _difference_text(abs(verdict.estimate), asked.question)
        return f"is {word} than {second} by {size}"
    size = f"{number_text(100 * abs(verdict.estimate - 1))} %"
    if asked.question.endswith("-hours"):
        return f"takes {size} {'less' if better else 'more'} than {second}"
    if "test " in asked.question or "validation " in asked.question:
        return f"has {size} {'less' if better else 'more'} error than {second}"
    return f"is {'faster' if better else 'slower'} than {second} by {size}"


def _interval(verdict: Verdict) -> str:
    asked = verdict.asked
    if not math.isfinite(verdict.low):
        return "no interval"
    ends = (verdict.low, verdict.high)
    if asked.claim is not None:
        low, high = (number_text(end).replace("-", "−") for end in ends)
        return f"{number_text(verdict.estimate)}, 95 %: {low} to {high}"
    numbers = [from_nothing(asked, end) for end in ends]
    if verdict.outcome in {"better", "worse"} and verdict.estimate < _nothing(asked.scale):
        # The size of the difference is told, and in which direction it is.
        numbers = [-number for number in reversed(numbers)]
    return f"95 %: {_span(*numbers)}"


def _span(low: float, high: float) -> str:
    return f"{_signed(low)} to {_signed(high)}"


def _signed(value: float) -> str:
    return number_text(value, 2 if abs(value) < 10 else 3).replace("-", "−")


def _nothing(scale: str) -> float:
    return 1.0 if scale == "ratio" else 0.0


def _why_open(verdict: Verdict) -> str:
    n, more = len(verdict.asked.values), verdict.more_seeds
    if n == 1:
        return " (one seed shows no spread; run at least two more)"
    if not verdict.interval.known:
        return " (the seeds agree to the last digit, which shows no spread)"
    told = f" ({_interval(verdict)})"
    if more is None:
        return told
    if more > MOST_SEEDS - n and _test_set_is_too_small(verdict):
        return f"{told}; no number of seeds would with so few test samples"
    if more > MOST_SEEDS - n:
        return f"{told}; even {MOST_SEEDS:,} seeds would not"
    return f"{told}; about {counted(more, 'more seed', 'more seeds')} would"


def _test_set_is_too_small(verdict: Verdict) -> bool:
    """Whether the test set's error alone hides a difference as large as this, and the margin."""
    asked = verdict.asked
    hidden = with_sampling(0.0, 1 - CONFIDENCE, asked.sampling)
    return hidden >= max(asked.margin, abs(verdict.interval.mean))


def _names(contrast: str) -> tuple[str, str]:
    for sign in (" ÷ ", " − "):
        if sign in contrast:
            first, _sign, second = contrast.partition(sign)
            return first, second
    raise ValueError(f"'{contrast}' compares no two things")


def from_nothing(asked: Question, value: float) -> float:
    """Return a ratio or a difference as readers are told it, from no difference on.

    Ratios in percent, differences of accuracies in percentage points.
    """
    if asked.scale == "ratio":
        return 100 * (value - 1)
    return 100 * value if is_accuracy(asked.question) else value


def is_accuracy(question: str) -> bool:
    """Return whether a question is about an accuracy, which is told in percentage points."""
    return question.endswith("accuracy") or " accuracy " in question


def _difference_text(size: float, question: str) -> str:
    if is_accuracy(question):
        points = f"{100 * size:.2g}"
        return f"{points} percentage point{'' if points == '1' else 's'}"
    return number_text(size)
