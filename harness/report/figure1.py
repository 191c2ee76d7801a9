"""Figure 1: what reduced precision gains in every search, below what one training gains."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from harness.figures.ratio_bars import RatioBar, RatioPanel, draw_ratios
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, ReportTable, Section
from harness.report.paper import paper_numbers
from harness.report.speed_up import NO_RATIO, Ratio, SpeedUp, search_speed_ups, training_speed_ups
from harness.report.wording import data_source, ratio_text

_Limits = dict[tuple[str, str, str], Ratio]


def figure1_section(collection: Collection) -> Section:
    """Return the speed-ups of searches, one figure a reduced precision."""
    gains, limits = search_speed_ups(collection), training_speed_ups(collection)
    precisions = list(dict.fromkeys(gain.precision for gain in gains))
    return Section(
        name="figure1",
        title="Figure 1: speed-up by reduced precision",
        text=(
            f"Worker-seconds per epoch in {collection.baseline.upper()} ÷ those in reduced "
            "precision: the geometric mean over the seeds that both have. Searches that stop "
            "trials train different numbers of epochs in two precisions, so runtimes would mix "
            "the precision with unequal work; the table has their ratio as well. Intervals: 95 %, "
            "paired t on logarithms; with one seed there is none.",
            "The dashed line is what a single training gains: random search trains the same "
            "configurations in both precisions, and the line is the seconds that their common "
            "epochs train and validate in the baseline ÷ those in reduced precision. Nothing of "
            "the engine is in it, so it bounds a search that is made of such trainings.",
        ),
        figures=[
            _figure(collection, [g for g in gains if g.precision == precision], limits)
            for precision in precisions
        ],
        tables=[_table(gains, limits)] if gains else [],
        missing="" if gains else _missing(collection),
    )


def _missing(collection: Collection) -> str:
    if collection.table["emulated"].any():
        return "The runs in reduced precision are emulated: their times are not those of AMP."
    return (
        f"No search was run in {collection.baseline.upper()} and in reduced precision on one seed."
    )


def _figure(collection: Collection, gains: Sequence[SpeedUp], limits: _Limits) -> ReportFigure:
    precision = gains[0].precision
    algorithms = list(dict.fromkeys(gain.algo for gain in gains))
    panels = []
    for problem, backend in dict.fromkeys((gain.problem, gain.backend) for gain in gains):
        limit = limits.get((problem, backend, precision), NO_RATIO)
        own = [gain for gain in gains if (gain.problem, gain.backend) == (problem, backend)]
        panels.append(
            RatioPanel(
                title=f"{problem}, {backend}",
                bars=[_bar(gain, algorithms.index(gain.algo), collection.baseline) for gain in own],
                limit=limit.value,
                limit_low=limit.low,
                limit_high=limit.high,
            )
        )
    rows = pd.concat([gain.rows for gain in gains]).drop_duplicates("run")
    return ReportFigure(
        name=f"figure1-{precision}",
        caption=f"Speed-up of each search by {precision.upper()}; right of 1 it is faster. "
        + data_source(collection.of(rows)),
        drawing=draw_ratios(
            panels,
            f"worker-seconds per epoch, {collection.baseline.upper()} ÷ {precision.upper()}",
            "single training (its interval grey)",
            "paper, 64 A100 GPUs",
        ),
    )


def _bar(gain: SpeedUp, style: int, baseline: str) -> RatioBar:
    paper = paper_numbers(
        gain.workload, gain.backend, gain.algo, gain.checkpoint_interval, baseline
    )
    return RatioBar(
        label=f"{gain.algo} {gain.variant}".strip(),
        value=gain.ratio.value,
        low=gain.ratio.low,
        high=gain.ratio.high,
        reference=paper.speed_up,
        style=style,
    )


def _table(gains: Sequence[SpeedUp], limits: _Limits) -> ReportTable:
    rows, texts = [], []
    for gain in gains:
        limit = limits.get((gain.problem, gain.backend, gain.precision), NO_RATIO)
        names = {"workload": gain.problem, "search": gain.search, "precision": gain.precision}
        rows.append(
            {
                **names,
                "n": gain.ratio.n,
                **_numbers("speed_up", gain.ratio),
                **_numbers("runtime_speed_up", gain.runtime),
                **_numbers("training_speed_up", limit),
                "epochs_baseline": gain.epochs[0],
                "epochs_reduced": gain.epochs[1],
            }
        )
        texts.append(
            {
                **names,
                "n": str(gain.ratio.n),
                "speed-up": ratio_text(gain.ratio.value, gain.ratio.low, gain.ratio.high),
                "of runtimes": _of_runtimes(gain),
                "epochs": f"{gain.epochs[0]:,} / {gain.epochs[1]:,}",
                "single training": ratio_text(limit.value, limit.low, limit.high),
            }
        )
    return ReportTable(
        name="figure1",
        caption="The numbers of figure 1: ratios and 95 % intervals, n seeds, what both trained.",
        data=pd.DataFrame(rows),
        shown=pd.DataFrame(texts),
        long=True,
    )


def _of_runtimes(gain: SpeedUp) -> str:
    text = ratio_text(gain.runtime.value, gain.runtime.low, gain.runtime.high)
    return f"{text}, unequal work" if gain.unequal else text


def _numbers(name: str, ratio: Ratio) -> dict[str, float]:
    return {name: ratio.value, f"{name}_low": ratio.low, f"{name}_high": ratio.high}
