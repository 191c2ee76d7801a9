"""The options that only Ray knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from harness.backend import EngineOptions

if TYPE_CHECKING:
    from harness.search_spec import SearchSpec

ENGINE_FILES = "engine"
"""The folder of a run directory that holds Tune's own files while a search runs."""


class RayOptions(EngineOptions):
    """Options of the Ray backend, given under ``engine:``."""

    patches: bool = Field(
        True,
        description="Mend what Ray and Tune do badly; false runs them as they are, but for what "
        "no search works without.",
    )
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


def is_patched(spec: SearchSpec) -> bool:
    """Whether a search mends Ray and Tune where it could do without."""
    return RayOptions.of(spec).patches
