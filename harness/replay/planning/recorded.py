"""What the trainings of a table can give any search."""

from __future__ import annotations

import math

from harness.replay.table import RecordedTraining, TrainingTable


def values_before_failure(training: RecordedTraining) -> tuple[float, ...]:
    """Return the values that a replay sees of a training: none from the failed epoch on."""
    return training.curve.values[: training.curve.whole_epochs]


def best_of(table: TrainingTable) -> float:
    """Return the best value of a table; NaN if every training fails in its first epoch."""
    values = [value for t in table.trainings for value in values_before_failure(t)]
    if not values:
        return math.nan
    return max(values) if table.about.mode == "max" else min(values)
