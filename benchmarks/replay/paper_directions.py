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
from harness.report.quality import quality_scale
from harness.statistics.margins import Margins
from harness.statistics.questions import Question

MARGINS = Margins()
"""What counts as nothing: a report's defaults."""

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
        direction_1(both, MARGINS.time),
        direction_2(pbt, MARGINS.time),
        direction_3(alone, MARGINS.time),
        direction_4(list(_changes(paired))),
    )


def _changes(paired: pd.DataFrame) -> Iterator[Question]:
    """Yield how AMP changes the best validation value; closed forms know no precision."""
    recorded = paired[paired["source"] != "closed form"]
    for (source, algo, trial_s, mode), own in recorded.groupby(
        ["source", "algo", "trial_s", "mode"]
    ):
        pairs = own[["best_value", "best_value_fp32"]].to_numpy()
        quality = quality_scale(mode, MARGINS, pairs.ravel().tolist())
        ratio = quality.scale == "ratio"
        values = np.array([quality.compare(*pair) for pair in pairs])
        yield Question(
            family="direction 4",
            question=f"direction 4: {'error' if mode == 'min' else 'accuracy'}",
            scope=f"{source}; {algo}; {trial_s:g} s a trial",
            contrast="amp ÷ fp32" if ratio else "amp − fp32",
            values=tuple(map(float, np.exp(values) if ratio else values)),
            scale=quality.scale,
            margin=quality.margin,
            less_is_better=quality.less_is_better,
        )
