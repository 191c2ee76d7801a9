"""The numbers of the paper's table 1 (Aach et al., SC-W 2023)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

ENGINE = "ray"
"""The engine of all its searches."""

BASELINE = "tf32"
"""What it calls FP32: its 156 TFLOP/s of an A100 are those of TF32, and PyTorch 2.0 lets
convolutions use it."""

INTERVAL = 1
"""Epochs between the checkpoints of its table 1."""


@dataclass(frozen=True)
class PaperNumbers:
    """What the paper reports of one search; NaN where a number cannot be read.

    Attributes
    ----------
    runtime_fp32_s, runtime_amp_s
        Seconds on 64 A100 GPUs.
    test_fp32, test_amp
        The test metric.
    """

    runtime_fp32_s: float = math.nan
    runtime_amp_s: float = math.nan
    test_fp32: float = math.nan
    test_amp: float = math.nan

    @property
    def speed_up(self) -> float:
        """FP32 runtime ÷ AMP runtime."""
        return self.runtime_fp32_s / self.runtime_amp_s


@cache
def _table() -> dict[tuple[str, str], PaperNumbers]:
    with files("harness.report").joinpath("paper_table1.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file)
    columns = ["runtime_fp32_s", "runtime_amp_s", "test_fp32", "test_amp"]
    keys = zip(table["workload"], table["algo"], strict=True)
    rows = table[columns].astype("float64").itertuples(index=False, name=None)
    return {key: PaperNumbers(*row) for key, row in zip(keys, rows, strict=True)}


def paper_numbers(
    workload: str, backend: str, algo: str, interval: int, baseline: str
) -> PaperNumbers:
    """Return the paper's numbers of a search, all NaN where it has none.

    They stand beside runs in TF32 only, which is what the paper compares AMP with.
    """
    if baseline != BASELINE or backend != ENGINE or (algo == "pbt" and interval != INTERVAL):
        return PaperNumbers()
    return _table().get((workload, algo), PaperNumbers())
