"""What the runs of a study decide so far, and what deciding the rest takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import RequestError
from harness.report.collection import Collection, collect
from harness.report.incumbents import Incumbents
from harness.report.questions import questions_of
from harness.report.sentences import sentence
from harness.report.wording import counted, number_text
from harness.statistics.questions import Verdict, judge
from harness.statistics.seeds_needed import MOST_SEEDS

FEWEST_SEEDS = 2
"""One seed shows no spread."""


@dataclass(frozen=True)
class Decisions:
    """What some seeds of a study decide.

    Attributes
    ----------
    verdicts
        Of every question that the study's cells allow.
    seeds
        How many were run.
    hours_per_seed
        What all cells of one seed take, one after the other, from launch to result.
    """

    verdicts: tuple[Verdict, ...]
    seeds: int
    hours_per_seed: float

    @property
    def undecided(self) -> tuple[Verdict, ...]:
        """The questions that are open."""
        return tuple(v for v in self.verdicts if v.outcome == "undecided")

    @property
    def decided(self) -> bool:
        """Whether every question is decided; without a question nothing is."""
        return bool(self.verdicts) and not self.undecided


def decisions_of(folder: Path, sequential: bool) -> Decisions:
    """Judge the questions of a study from the runs that are there.

    Parameters
    ----------
    folder
        The study's directory.
    sequential
        Whether it is looked at after every seed.

    Raises
    ------
    RequestError
        If there is no whole run.
    """
    collection = collect([folder])
    if sequential != collection.sequential:
        raise RequestError(
            f"The study in '{folder}' goes on until its questions are decided; its verdicts are "
            "those of its report."
        )
    verdicts = judge(questions_of(collection, Incumbents(collection)))
    seeds = int(collection.table["block"].nunique())
    return Decisions(tuple(verdicts), seeds, _hours(collection) / seeds)


def _hours(collection: Collection) -> float:
    seconds = 0.0
    for run in collection.runs:
        seconds += float(run.summary["runtime_s"]) + float(run.summary.get("startup_s") or 0.0)
    return seconds / 3600


def plan_lines(found: Decisions) -> list[str]:
    """Return how many more seeds each open question needs, and what they take in hours."""
    lines = [
        f"{counted(len(found.verdicts), 'question', 'questions')}, "
        f"{len(found.verdicts) - len(found.undecided)} decided by "
        f"{counted(found.seeds, 'seed', 'seeds')}; a seed of all cells takes "
        f"{number_text(found.hours_per_seed)} h, one cell after the other."
    ]
    for verdict in sorted(found.undecided, key=lambda v: (v.more_seeds is None, v.more_seeds or 0)):
        more = verdict.more_seeds
        hours = ""
        if more is not None and more <= MOST_SEEDS - found.seeds:
            hours = f" That is {number_text(more * found.hours_per_seed)} h."
        lines.append(f"{verdict.asked.question}: {sentence(verdict)}{hours}")
    needed = [v.more_seeds for v in found.undecided if v.more_seeds is not None]
    if needed and max(needed) <= MOST_SEEDS:
        lines.append(
            f"All open questions together: about "
            f"{counted(max(needed), 'more seed', 'more seeds')}, "
            f"{number_text(max(needed) * found.hours_per_seed)} h. The number is that for a power "
            "of 80 %, if the truth is what these seeds show."
        )
    return lines


def check_seeds(blocks: Sequence[object], asked: int) -> None:
    """Check that a study has as many seeds as a pilot asks for.

    Raises
    ------
    RequestError
        If it has fewer, or the pilot has one.
    """
    if asked < FEWEST_SEEDS:
        raise RequestError(f"A pilot takes at least {FEWEST_SEEDS} seeds: one shows no spread.")
    if len(blocks) < asked:
        raise RequestError(
            f"A pilot of {asked} seeds is asked for, and the study has {len(blocks)}; "
            "give the axis 'seed' more values."
        )
