"""Full against reduced precision, configuration by configuration."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from harness.figures.precision_scatter import PairedValues, draw_precision_scatter
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, ReportTable, Section
from harness.report.precision_pairs import paired_epochs, paired_trials
from harness.report.winners import winners_table
from harness.report.wording import (
    EMULATED,
    data_source,
    file_stem,
    mean_text,
    number_text,
    spread,
)

_SET = ["problem", "metric", "mode", "search", "precision"]


@dataclass(frozen=True)
class Agreement:
    """How far reduced precision ranks the configurations of one seed as full precision does.

    Attributes
    ----------
    configurations
        How many succeeded in both.
    spearman, kendall
        Rank correlations of the best values, NaN where one precision knows one value only.
    same_winner
        Whether both have the same best configuration.
    regret
        By how much the reduced precision's winner is worse in full precision than its best.
    """

    configurations: int
    spearman: float
    kendall: float
    same_winner: bool
    regret: float


def agreement(full: pd.Series, reduced: pd.Series, mode: str) -> Agreement:
    """Compare the values that the same configurations reach in two precisions.

    Parameters
    ----------
    full, reduced
        Best validation values, aligned, at least one.
    mode
        ``"min"`` or ``"max"``.
    """
    sign = 1.0 if mode == "max" else -1.0
    one, other = full.to_numpy("float64") * sign, reduced.to_numpy("float64") * sign
    varied = len(np.unique(one)) > 1 and len(np.unique(other)) > 1
    winner = int(other.argmax())
    return Agreement(
        configurations=len(one),
        spearman=float(stats.spearmanr(one, other).statistic) if varied else math.nan,
        kendall=float(stats.kendalltau(one, other).statistic) if varied else math.nan,
        same_winner=bool(one[winner] == one.max()),
        regret=float(one.max() - one[winner]),
    )


def pairs_section(collection: Collection) -> Section:
    """Return the comparison of precisions by configuration."""
    trials, epochs = paired_trials(collection), paired_epochs(collection)
    trials = trials.dropna(subset=["full_value", "reduced_value"])
    sums = epochs.groupby(["full_run", "reduced_run", "number"])[["full_s", "reduced_s"]].sum()
    gains = (sums["full_s"] / sums["reduced_s"]).rename("speed_up").reset_index()
    paired = trials.merge(gains, on=["full_run", "reduced_run", "number"], how="left")
    winners = winners_table(collection)
    tables = [] if paired.empty else [_table(paired)]
    return Section(
        name="pairs",
        title="The same configurations in two precisions",
        text=(
            "Random search trains the same configurations, from the same weights, in every "
            "precision. Speed-up: the seconds that a configuration's common epochs train and "
            "validate in the baseline ÷ those in reduced precision. Rank correlations are those of "
            "the best validation values within a seed. Another winner: the best configuration in "
            "reduced precision is not the best in the baseline. Regret: by how much it is worse "
            "in the baseline, on the validation images, which chose the baseline's winner; the "
            "second table has it on the test images. Their control: the baseline against itself "
            "with other weights and another data order, where runs differ in nothing but "
            "`training_seed`.",
        ),
        figures=list(_figures(collection, paired)),
        tables=[*tables, *([] if winners is None else [winners])],
        missing="No random search was run in the baseline and in reduced precision on one seed."
        if paired.empty
        else "",
    )


def _figures(collection: Collection, paired: pd.DataFrame) -> Iterator[ReportFigure]:
    for (problem, metric, precision), own in paired.groupby(
        ["problem", "metric", "precision"], sort=False
    ):
        series = [
            PairedValues(
                label=str(search),
                full=part["full_value"].to_numpy("float64"),
                reduced=part["reduced_value"].to_numpy("float64"),
                speed_ups=part["speed_up"].to_numpy("float64"),
            )
            for search, part in own.groupby("search", sort=False)
        ]
        table = collection.table
        used = table[table["run"].isin({*own["full_run"], *own["reduced_run"]})]
        yield ReportFigure(
            name=file_stem("pairs", problem, precision),
            caption=f"Configurations of random search on {problem} in the baseline and "
            f"{str(precision).upper()}: best validation values (above; on the line they are "
            f"alike) and speed-ups (below). {data_source(collection.of(used))}",
            drawing=draw_precision_scatter(series, str(metric), str(precision)),
        )


def _quartiles(low: float, middle: float, high: float) -> str:
    """Return a median with its quartiles; only emulated runs have none."""
    if not math.isfinite(middle):
        return EMULATED
    return f"{number_text(middle)} ({number_text(low)} to {number_text(high)})"


def _table(paired: pd.DataFrame) -> ReportTable:
    rows, texts = [], []
    for (problem, _metric, mode, search, precision), own in paired.groupby(_SET, sort=False):
        seeds = [
            agreement(part["full_value"], part["reduced_value"], str(mode))
            for _seed, part in own.groupby("block")
        ]
        low, middle, high = own["speed_up"].astype("float64").quantile([0.25, 0.5, 0.75])
        spearman = spread([one.spearman for one in seeds])
        kendall = spread([one.kendall for one in seeds])
        other = sum(not one.same_winner for one in seeds)
        regret = spread([one.regret for one in seeds])
        names = {"workload": problem, "search": search, "precision": precision}
        rows.append(
            {
                **names,
                "seeds": len(seeds),
                "configurations": len(own),
                "speed_up_median": middle,
                "speed_up_lower_quartile": low,
                "speed_up_upper_quartile": high,
                "spearman": spearman[0],
                "spearman_deviation": spearman[1],
                "kendall": kendall[0],
                "kendall_deviation": kendall[1],
                "seeds_with_another_winner": other,
                "regret": regret[0],
                "regret_deviation": regret[1],
            }
        )
        texts.append(
            {
                **names,
                "seeds": str(len(seeds)),
                "configurations": str(len(own)),
                "speed-up, median (quartiles)": _quartiles(low, middle, high),
                "Spearman": mean_text(*spearman),
                "Kendall": mean_text(*kendall),
                "another winner": f"{other} of {len(seeds)}",
                "regret": mean_text(*regret),
            }
        )
    return ReportTable(
        name="pairs",
        caption="Reduced precision against the baseline, configuration by configuration; mean ± "
        "deviation over seeds.",
        data=pd.DataFrame(rows),
        shown=pd.DataFrame(texts),
    )
