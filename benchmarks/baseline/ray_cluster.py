"""Ray, as the hand-written searches start and set it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray import tune

from benchmarks.baseline.options import BaselineOptions

SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_THRESHOLD_S": "3600",
}
"""No log files, no console tables, no snapshots of the experiment while it runs."""


@contextmanager
def cluster(options: BaselineOptions) -> Iterator[None]:
    """Start Ray with one logical CPU a worker."""
    os.environ.update(SETTINGS)
    options.out.mkdir(parents=True, exist_ok=True)
    ray.init(num_cpus=options.workers, include_dashboard=False, log_to_driver=False)
    try:
        yield
    finally:
        ray.shutdown()


def run_settings(options: BaselineOptions, stop: dict[str, Any]) -> tune.RunConfig:
    """Return Tune's settings of a run."""
    return tune.RunConfig(name="tune", storage_path=str(options.out), stop=stop, verbose=0)
