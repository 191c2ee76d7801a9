"""The command line that all hand-written searches share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class BaselineOptions:
    """One hand-written search.

    Attributes
    ----------
    trials, epochs, workers, seed
        Its size and its seed.
    precision
        The precision's name.
    data
        The root of the data sets.
    workload
        The options of `benchmarks.scripted_cifar10.ScriptedCifar10`.
    out
        The directory for its records and its engine's files.
    device
        The type of the device that trains.
    """

    trials: int
    epochs: int
    workers: int
    seed: int
    precision: str
    data: Path
    workload: dict[str, Any]
    out: Path
    device: str = "cpu"


def parse_options(arguments: Sequence[str] | None = None) -> BaselineOptions:
    """Return the command line's options."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--data", type=_absolute, required=True)
    parser.add_argument("--workload", type=json.loads, default={})
    parser.add_argument("--out", type=_absolute, required=True)
    return BaselineOptions(**vars(parser.parse_args(arguments)))


def _absolute(path: str) -> Path:
    # Ray's processes work elsewhere.
    return Path(path).resolve()
