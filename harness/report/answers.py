"""The first section of the page: what the runs answer, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.slot_ledger import KINDS
from harness.report.collection import Collection
from harness.report.sentences import sentence
from harness.report.verdicts import in_order_of_interest
from harness.report.wording import number_text
from harness.statistics.questions import Verdict

_ASKED = {
    "framework": "Which framework?",
    "algorithm": "Which algorithm?",
    "precision": "Which precision?",
    "checkpoint interval": "Which checkpoint interval?",
}
_NONE = {
    "framework": "The runs have one engine, or no search on common seeds.",
    "algorithm": "The runs have one algorithm, or none on common seeds.",
    "precision": "The runs have one precision, or no search in two on common seeds.",
}
_SAYINGS = {
    "train": "trained",
    "validate": "validated",
    "startup": "started up",
    "setup": "built models",
    "data_wait": "waited for data",
    "checkpoint_save": "saved checkpoints",
    "checkpoint_load": "loaded checkpoints",
    "idle": "waited for the engine",
    "lost": "were lost",
}


@dataclass(frozen=True)
class Answer:
    """What the runs answer to one question of a reader.

    Attributes
    ----------
    question
        The question.
    sentences
        What is decided, or what can be said for certain.
    undecided
        What is not.
    missing
        Why there is nothing; empty otherwise.
    """

    question: str
    sentences: tuple[str, ...]
    undecided: tuple[str, ...]
    missing: str = ""


def answers_of(collection: Collection, verdicts: Sequence[Verdict]) -> list[Answer]:
    """Return the answers, in the order in which a reader asks."""
    found = []
    for name, asked in _ASKED.items():
        own = [v for v in in_order_of_interest(verdicts) if v.asked.question.startswith(f"{name}:")]
        if not own and name not in _NONE:
            continue
        found.append(
            Answer(
                asked,
                tuple(sentence(v) for v in own if v.outcome != "undecided"),
                tuple(sentence(v) for v in own if v.outcome == "undecided"),
                "" if own else _why_none(collection, name),
            )
        )
    return [*found, Answer("Where did the hours go?", where_hours_went(collection), ())]


def _why_none(collection: Collection, name: str) -> str:
    precisions = sorted(set(collection.table["precision"]))
    if name == "precision" and collection.baseline not in precisions:
        return (
            f"There is no run in {collection.baseline}, the baseline; the runs are in "
            f"{', '.join(precisions)}."
        )
    return _NONE[name]


def where_hours_went(collection: Collection) -> tuple[str, ...]:
    """Return what the searches booked, which is counted and no estimate."""
    timed = collection.timed
    if timed.empty:
        return ("All runs are emulated: their times are not those of their precision.",)
    seconds = {kind: float(timed[f"ledger_{kind}"].sum()) for kind in KINDS}
    total = sum(seconds.values())
    if not total > 0:
        return ("No worker-second is booked.",)
    shares = sorted(seconds.items(), key=lambda item: -item[1])
    told = [
        f"{100 * own / total:.0f} % {_SAYINGS[kind]}"
        for kind, own in shares
        if own / total >= 0.005
    ]
    sentences = [
        f"Of {number_text(total / 3600)} worker-hours, {', '.join(told)}. The ledger has them by "
        "search."
    ]
    for column, words in (("processor_hours", "processor-hours"), ("gpu_hours", "GPU-hours")):
        hours = timed[column].dropna()
        if len(hours) and hours.sum() > 0:
            sentences.append(
                f"{number_text(float(hours.sum()))} {words} were allocated from launch to result, "
                f"by {len(hours)} of {len(collection.table)} runs."
            )
    return tuple(sentences)
