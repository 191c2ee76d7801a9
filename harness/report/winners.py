"""What the winners of reduced precision are worth on images that did not choose them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from harness.report.collection import Collection
from harness.report.contents import ReportTable
from harness.report.precision_pairs import CONTROL
from harness.report.wording import mean_text, spread

_SEARCH = ["problem", "metric", "mode", "search"]
_TESTS = ["test_value", "test_value_fp32"]


def winners_table(collection: Collection) -> ReportTable | None:
    """Return the winners' test metrics in their precision and in FP32; None without any.

    The test images choose nothing. So the regret here owes nothing to the choice, as that
    on the validation images does, which chose the baseline's winner.
    """
    rows, texts = [], []
    for names, own, baseline in _groups(collection):
        mode = str(own["mode"].iloc[0])
        sign = 1.0 if mode == "max" else -1.0
        in_own, in_fp32 = (spread(own[column].to_numpy("float64")) for column in _TESTS)
        evaluated = spread((own["test_value"] - own["test_value_fp32"]).to_numpy("float64"))
        regrets = sign * (baseline - own["test_value_fp32"]).to_numpy("float64")
        regret = spread(regrets)
        rows.append(
            {
                **names,
                "seeds": len(own),
                "test": in_own[0],
                "test_deviation": in_own[1],
                "test_fp32": in_fp32[0],
                "test_fp32_deviation": in_fp32[1],
                "evaluation": evaluated[0],
                "evaluation_deviation": evaluated[1],
                "regret": regret[0],
                "regret_deviation": regret[1],
            }
        )
        texts.append(
            {
                **names,
                "seeds": str(len(own)),
                "test": mean_text(*in_own),
                "test in FP32": mean_text(*in_fp32),
                "evaluation": mean_text(*evaluated),
                "regret": mean_text(*regret),
            }
        )
    if not rows:
        return None
    return ReportTable(
        name="winners",
        caption="The winner of each search on the test images, which chose nothing; mean ± "
        "deviation over seeds. Evaluation: what evaluating the same weights in the search's "
        "precision changes against FP32. Regret: by how much the winner is worse than the "
        f"baseline's of the same seed, both evaluated in FP32. '{CONTROL}': the baseline "
        "against itself, where runs differ in nothing but `training_seed`.",
        data=pd.DataFrame(rows),
        shown=pd.DataFrame(texts),
    )


def _groups(collection: Collection) -> Iterator[tuple[dict[str, Any], pd.DataFrame, pd.Series]]:
    """Yield the names of a group, its rows, and its baseline's test metric in FP32, aligned."""
    table = collection.table
    for _key, own in table.groupby([*_SEARCH, "variant"], sort=False):
        full = own[own["precision"] == collection.baseline].drop_duplicates("block")
        by_block = full.set_index("block")["test_value_fp32"]
        names = {"workload": own["problem"].iloc[0], "search": own["search"].iloc[0]}
        for precision, reduced in own.groupby("precision", sort=False):
            if precision == collection.baseline or reduced["test_value_fp32"].isna().all():
                continue
            baseline = reduced["block"].map(by_block).astype("float64")
            yield {**names, "precision": str(precision)}, reduced, baseline
        control = _control(full)
        if control is not None:
            again, first = control
            yield {**names, "precision": f"{collection.baseline}, {CONTROL}"}, again, first


def _control(full: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series] | None:
    """Return runs that repeat another one but for weights and data order, and its results."""
    first = full.groupby("drawn")["test_value_fp32"].transform("first")
    again = full[full.duplicated("drawn")]
    if again.empty or again["test_value_fp32"].isna().all():
        return None
    return again, first[again.index]
