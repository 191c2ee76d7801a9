"""Table 1: runtime and test metric of every search, in every precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from harness.report.collection import Collection
from harness.report.contents import ReportTable, Section
from harness.report.paper import paper_numbers
from harness.report.speed_up import SpeedUp, search_speed_ups
from harness.report.wording import (
    NOTHING,
    data_source,
    mean_text,
    pair_text,
    ratio_text,
    spread,
    time_text,
)

_QUANTITIES = {
    "runtime": "runtime_s",
    "s/epoch": "epoch_s",
    "epochs": "epochs",
    "test": "test_value",
}
_TIMES = ("runtime", "s/epoch")
_ROW = ["problem", "metric", "mode", "search"]


def table1_section(collection: Collection) -> Section:
    """Return table 1 of the paper for these runs, the paper's own numbers beside it."""
    return Section(
        name="table1",
        title="Table 1: runtime and test metric",
        text=(
            "The runtime is that of the engine's search call. The test metric is that of the "
            "state with the best validation value. The better one of two precisions is bold. "
            "Times of emulated runs are left out: they are not those of the precision. "
            "The paper's numbers stand beside TF32 only, for that is what it calls FP32. They are "
            "from 64 A100 GPUs: they show the direction, not the size.",
        ),
        tables=[_table1(collection)],
    )


def _table1(collection: Collection) -> ReportTable:
    precisions = [
        name
        for name in ("fp32", "tf32", "amp", "amp-fp16", "amp-bf16")
        if name in set(collection.table["precision"])
    ]
    gains = {(up.problem, up.search, up.precision): up for up in search_speed_ups(collection)}
    rows = [
        _row(own, precisions, gains, collection.baseline)
        for _key, own in collection.table.groupby(_ROW, sort=False)
    ]
    data, shown = pd.DataFrame([row[0] for row in rows]), pd.DataFrame([row[1] for row in rows])
    marked = pd.DataFrame([{name: name in row[2] for name in shown} for row in rows])
    keep = [name for name in shown.columns if not (shown[name] == NOTHING).all()]
    return ReportTable(
        name="table1",
        caption="Runtime in seconds, worker-seconds per epoch, epochs and test metric, mean ± "
        f"deviation over seeds; speed-up: {collection.baseline.upper()} ÷ reduced precision per "
        "epoch, with 95 % interval. " + data_source(collection.runs),
        data=data,
        shown=shown[keep],
        marked=marked[keep],
    )


_Row = tuple[dict[str, Any], dict[str, str], set[str]]


def _row(
    own: pd.DataFrame,
    precisions: Sequence[str],
    gains: dict[tuple[str, str, str], SpeedUp],
    baseline: str,
) -> _Row:
    first = own.iloc[0]
    problem, search = str(first["problem"]), str(first["search"])
    data: dict[str, Any] = {name: first[name] for name in (*_ROW, "backend", "algo", "variant")}
    shown = {"workload": problem, "search": search, "metric": str(first["metric"])}
    marked: set[str] = set()
    for quantity, column in _QUANTITIES.items():
        means = {}
        for precision in precisions:
            values = own.loc[own["precision"] == precision, column]
            mean, deviation = spread(values.to_numpy())
            means[precision] = mean
            data[f"n_{precision}"] = len(values)
            data[f"{quantity}_{precision}"] = mean
            data[f"{quantity}_{precision}_deviation"] = deviation
            text = mean_text(mean, deviation)
            if quantity in _TIMES:
                text = time_text(own[own["precision"] == precision], text)
            shown[_heading(quantity, precision)] = text
        smaller = quantity in _TIMES or first["mode"] == "min"
        if quantity != "epochs":
            marked |= {_heading(quantity, name) for name in _better(means, smaller)}
    for precision in precisions:
        if precision != baseline:
            gain = gains.get((problem, search, precision))
            ratio = (gain.ratio.value, gain.ratio.low, gain.ratio.high) if gain else (math.nan,) * 3
            names = [f"speed_up_{precision}{end}" for end in ("", "_low", "_high")]
            data |= dict(zip(names, ratio, strict=True))
            of_precision = own[own["precision"] == precision]
            shown[_heading("speed-up", precision)] = time_text(of_precision, ratio_text(*ratio))
    _add_paper(own, data, shown, baseline)
    return data, shown, marked


def _heading(quantity: str, precision: str) -> str:
    return f"{quantity} {precision.upper()}"


def _better(means: dict[str, float], smaller: bool) -> list[str]:
    """Return which of at least two precisions is the better one; none if they are alike."""
    known = {name: mean for name, mean in means.items() if math.isfinite(mean)}
    if len(known) < 2 or len(set(known.values())) == 1:
        return []
    best = min(known.values()) if smaller else max(known.values())
    return [name for name, mean in known.items() if mean == best]


def _add_paper(
    own: pd.DataFrame, data: dict[str, Any], shown: dict[str, str], baseline: str
) -> None:
    first = own.iloc[0]
    paper = paper_numbers(
        str(first["workload"]),
        str(first["backend"]),
        str(first["algo"]),
        int(first["checkpoint_interval"]),
        baseline,
    )
    data |= {f"paper_{name}": value for name, value in asdict(paper).items()}
    runtimes = pair_text(paper.runtime_fp32_s, paper.runtime_amp_s, 4)
    known = math.isfinite(paper.speed_up)
    shown["paper: runtime FP32 / AMP (speed-up)"] = (
        f"{runtimes} ({ratio_text(paper.speed_up)})" if known else runtimes
    )
    shown["paper: test FP32 / AMP"] = pair_text(paper.test_fp32, paper.test_amp, 3)
    data["paper_speed_up"] = paper.speed_up
