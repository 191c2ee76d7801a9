"""What a workload's conformance tests are told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class WorkloadUnderTest:
    """Which workload is tested, at which size and on which data.

    Attributes
    ----------
    name
        The workload's name or import path.
    options
        Options that make it small enough for a training in every test.
    data
        The data root; None for data that need none.
    config
        Hyperparameters that make its model small, in place of their defaults.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    data: Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
