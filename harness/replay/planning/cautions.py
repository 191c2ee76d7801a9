"""What limits a plan: its searches, its trainings, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from harness.replay.curve import config_key
from harness.replay.planning.answers import KIND, Answers
from harness.replay.planning.cells import PlanRequest, cells_left_out, reaches
from harness.replay.planning.evidence import FEWEST_FOR_PERCENTILES
from harness.replay.planning.recorded import best_of, values_before_failure
from harness.report.wording import EMULATED, counted


def cautions(request: PlanRequest, answers: Answers) -> list[str]:
    """Return in words what limits a plan."""
    return [
        *of_workers(request),
        *_of_few_searches(request),
        *_of_emulation(request),
        *_of_failures(answers),
        *_of_repeats(request, answers),
        *_of_precisions(request),
        *_of_target(request),
    ]


def of_workers(request: PlanRequest) -> Iterator[str]:
    """Yield which numbers of workers are left out."""
    left_out = sorted({cell.workers for cell in cells_left_out(request)})
    if left_out:
        numbers = ", ".join(map(str, left_out))
        yield (
            f"Left out: {numbers} workers; a search of "
            f"{counted(request.trials, 'trial', 'trials')} has work for {request.trials} at most."
        )


def _of_few_searches(request: PlanRequest) -> Iterator[str]:
    if request.seeds == 1:
        yield "Each cell is one search, which gives no interval; give a larger --seeds."
    elif request.seeds < FEWEST_FOR_PERCENTILES:
        yield (
            f"{request.seeds} searches a cell do not bear a 5th and a 95th percentile: intervals "
            f"are from the lowest to the highest; give --seeds {FEWEST_FOR_PERCENTILES} or more."
        )


def emulated(request: PlanRequest) -> list[str]:
    """Return the precisions that the trainings emulate."""
    return [name for name, table in request.tables.items() if table.arithmetic == EMULATED]


def _of_emulation(request: PlanRequest) -> Iterator[str]:
    for name in emulated(request):
        yield (
            f"Trainings in {name} are emulated: values are those of {name}, times are not, so "
            "runtime, hours and the cost of a target are not given."
        )


def _of_failures(answers: Answers) -> Iterator[str]:
    for kind, own in answers.table.groupby(KIND):
        precision, backend, algo, ranks = kind
        searches, valued = int(own["searches"].sum()), int(own["searches_with_value"].sum())
        name = (
            f"{backend} {algo} in {precision}, {counted(int(str(ranks)), 'rank', 'ranks')} a trial"
        )
        if not valued:
            yield f"{name}: no search has a value, since all of its trials fail."
        elif valued < searches:
            yield (
                f"{name}: all trials fail in {searches - valued} of {searches} searches; best "
                "values are of the others."
            )


def _of_repeats(request: PlanRequest, answers: Answers) -> Iterator[str]:
    exact = answers.table[answers.table["values"] == "recorded"]
    for name in exact["precision"].unique():
        table = request.tables[name]
        count = len(table.configurations)
        if request.trials > count:
            held = counted(count, "configuration", "configurations")
            yield (
                f"In {name} the table has {held}, so a search of "
                f"{counted(request.trials, 'trial', 'trials')} repeats some, and its best "
                f"{table.about.metric} is no better than the table's {best_of(table):.4g}."
            )


def _of_precisions(request: PlanRequest) -> Iterator[str]:
    held = {
        name: {config_key(config) for config in table.configurations}
        for name, table in request.tables.items()
    }
    for one, other in combinations(held, 2):
        common = len(held[one] & held[other])
        if held[one] != held[other]:
            shared = (
                counted(common, "configuration", "configurations") if common else "no configuration"
            )
            yield (
                f"{one} ({counted(len(held[one]), 'configuration', 'configurations')}) and {other} "
                f"({len(held[other])}) have {shared} in common: their cells do "
                "not differ by the precision alone."
            )


def _of_target(request: PlanRequest) -> Iterator[str]:
    if request.target is None:
        return
    trainings = [
        (table.about.mode, values[0])
        for table in request.tables.values()
        for values in map(values_before_failure, table.trainings)
        if values
    ]
    if all(reaches(first, request.target, mode) for mode, first in trainings):
        yield (
            f"Every training reaches {request.target:g} in its first epoch: it is no target to "
            "choose a search by."
        )
