"""How results are compared: accuracies by differences, errors by ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.report.collection import Collection
from harness.statistics.margins import Margins
from harness.statistics.questions import Scale


@dataclass(frozen=True)
class QualityScale:
    """How results of one metric are compared.

    Attributes
    ----------
    scale
        ``"difference"`` of a metric that is best where it is largest, or that has values
        of 0 or below; ``"ratio"`` of an error.
    margin
        What counts as no difference.
    less_is_better
        Whether the metric is best where it is smallest.
    """

    scale: Scale
    margin: float
    less_is_better: bool

    def compare(self, one: float, other: float) -> float:
        """Return a difference, or the logarithm of a ratio; NaN where there is none."""
        if self.scale == "difference":
            return one - other
        return math.log(one / other) if one > 0 and other > 0 else math.nan


def quality_scale(mode: str, margins: Margins, values: list[float]) -> QualityScale:
    """Return how results of a metric are compared.

    Parameters
    ----------
    mode
        ``"min"`` or ``"max"``.
    margins
        What counts as no difference.
    values
        The results; an error that is 0 or below somewhere has no ratios, and is compared
        by differences, the margin being that fraction of the mean size.
    """
    if mode == "max":
        return QualityScale("difference", margins.accuracy, less_is_better=False)
    known = [value for value in values if math.isfinite(value)]
    if all(value > 0 for value in known):
        return QualityScale("ratio", margins.error, less_is_better=True)
    size = sum(map(abs, known)) / len(known)
    return QualityScale("difference", margins.error * size, less_is_better=True)


def problems_of(collection: Collection) -> list[tuple[str, str, str]]:
    """Return the workloads with their metrics and the metrics' directions."""
    columns = ["problem", "metric", "mode"]
    rows = collection.table[columns].drop_duplicates().itertuples(index=False, name=None)
    return [(str(problem), str(metric), str(mode)) for problem, metric, mode in rows]
