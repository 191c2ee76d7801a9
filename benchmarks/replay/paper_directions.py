"""The paper's directions, judged on searches in virtual time by the rules of a report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.report.directions import (
    Direction,
    direction_1,
    direction_2,
    direction_3,
    direction_4,
)
from harness.statistics.questions import Question

MARGIN = 0.02
"""What counts as nothing, of a time or of an error: a report's default."""

ACCURACY_MARGIN = 0.01

_SAME = ["source", "algo", "slots", "trials", "trial_s", "interval", "seed"]


def ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each search in AMP with what the same found in FP32, by seed.

    Parameters
    ----------
    rows
        One row a search, as `benchmarks.replay.paper_scale` writes them.
    """
    told = ["runtime_s", "epochs", "best_value", "winner"]
    full = rows[rows["precision"] == "fp32"].set_index(_SAME)[told]
    found = rows[rows["precision"] == "amp"].join(full.add_suffix("_fp32"), on=_SAME, how="inner")
    return found.assign(ratio=found["runtime_s_fp32"] / found["runtime_s"])


def directions(paired: pd.DataFrame, single_training: float) -> tuple[Direction, ...]:
    """Judge the four directions.

    Parameters
    ----------
    paired
        What `ratios` returns.
    single_training
        What AMP gains in a training without a search.
    """
    gains = {
        key: dict(zip(own["seed"].astype(str), own["ratio"], strict=True))
        for key, own in paired.groupby(["source", "trial_s", "states", "algo", "interval"])
    }
    both, pbt, alone = {}, {}, {}
    for (source, trial_s, states, algo, interval), own in gains.items():
        scope = f"{source}; {trial_s:g} s a trial"
        if algo == "bohb":
            asha = gains.get((source, trial_s, states, "asha", interval))
            both |= {scope: (own, asha)} if asha is not None else {}
        if algo == "pbt" and interval == 1:
            fifth = gains.get((source, trial_s, states, algo, 5))
            pbt |= {f"{source}; states {states}": (own, fifth)} if fifth is not None else {}
        name = f"{scope}; {algo}" + (f" {interval}, states {states}" if algo == "pbt" else "")
        alone[name] = (own, dict.fromkeys(own, single_training))
    return (
        direction_1(both, MARGIN),
        direction_2(pbt, MARGIN),
        direction_3(alone, MARGIN),
        direction_4(list(_changes(paired))),
    )


def _changes(paired: pd.DataFrame) -> Iterator[Question]:
    """Yield how AMP changes the best validation value; closed forms know no precision."""
    recorded = paired[paired["source"] != "closed form"]
    for (source, algo, trial_s, mode), own in recorded.groupby(
        ["source", "algo", "trial_s", "mode"]
    ):
        error = mode == "min"
        one, other = own["best_value"].to_numpy(), own["best_value_fp32"].to_numpy()
        values = one / other if error else one - other
        yield Question(
            family="direction 4",
            question=f"direction 4: {'error' if error else 'accuracy'}",
            scope=f"{source}; {algo}; {trial_s:g} s a trial",
            contrast="amp ÷ fp32" if error else "amp − fp32",
            values=tuple(map(float, np.asarray(values))),
            scale="ratio" if error else "difference",
            margin=MARGIN if error else ACCURACY_MARGIN,
            less_is_better=error,
        )
