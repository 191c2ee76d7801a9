"""The options that only Ray knows."""

from __future__ import annotations

from pydantic import Field

from harness.backend import EngineOptions

ENGINE_FILES = "engine"
"""The folder of a run directory that holds Tune's own files while a search runs."""


class RayOptions(EngineOptions):
    """Options of the Ray backend, given under ``engine:``."""

    address: str | None = Field(
        None, description="A running Ray cluster to connect to; by default Ray is started here."
    )
    dashboard: bool = Field(False, description="Start Ray's dashboard.")
    cpus_per_rank: float = Field(
        1.0, gt=0, description="CPUs that a training process asks the cluster at `address` for."
    )
    gpus_per_rank: float | None = Field(
        None,
        ge=0,
        description="GPUs that a training process asks for; by default one, or a share of one.",
    )
