"""The options of the CFD workload."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from harness.training.schedule import Schedule
from harness.workload import WorkloadOptions
from workloads.cfd.boundary_layer import BoundaryLayer
from workloads.cfd.selection import PlaneSelection


class CfdOptions(WorkloadOptions):
    """How flow fields are cut into images and trained on."""

    batch_size: PositiveInt = Field(
        16,
        description=(
            "Planes in a step. AI4HPC takes whole snapshots, 89 planes or more; on small "
            "samples that leaves too few steps in an epoch."
        ),
    )
    schedule: Schedule = Field(
        "cosine",
        description=(
            "What the learning rate does after the warm-up: 'cosine' to 0 at max_epochs or "
            "'constant'."
        ),
    )
    weight_decay: Literal["log", "uniform"] = Field(
        "log",
        description=(
            "'log': log-uniform in 1e-6…1e-2. 'uniform': uniform in 0…0.1, where most values "
            "keep a network trained with momentum from learning."
        ),
    )
    trim: NonNegativeInt = Field(
        0,
        description=(
            "Wall-normal planes dropped at the far end, the free stream of a boundary layer; "
            "AI4HPC drops 9. A channel has a second wall there, so none is dropped by default."
        ),
    )
    max_planes: PositiveInt | None = Field(
        None,
        description="Wall-normal planes to use of each snapshot, evenly spaced; null for all.",
    )
    chunk_width: PositiveInt | None = Field(
        None,
        description=(
            "Spanwise cells of an image; AI4HPC takes 250. Wider planes are cut into as few "
            "chunks as cover them. null takes the whole span, which must then be the same "
            "in every snapshot."
        ),
    )
    gap: NonNegativeInt = Field(
        0,
        description=(
            "Snapshots left out between the parts of the split in time, because neighbours "
            "are correlated."
        ),
    )
    memory_budget_gib: float = Field(
        4.0,
        ge=0.0,
        description=(
            "Up to this size, images are held in memory (of each process, or of its GPU); "
            "beyond it they are read from the files in every epoch. Batches are the same."
        ),
    )
    block_planes: PositiveInt = Field(
        128, description="Planes of a snapshot that are read, and then shuffled, together."
    )
    window_blocks: PositiveInt = Field(
        16,
        description=(
            "Blocks whose planes are shuffled together. Few blocks make batches that batch "
            "normalisation takes for the whole; when data are streamed, two such windows are "
            "in memory."
        ),
    )
    synthetic: BoundaryLayer = Field(
        default_factory=lambda: BoundaryLayer.model_validate({}),
        description="The generated flow field that is used without --data.",
    )

    @property
    def selection(self) -> PlaneSelection:
        """What is cut out of a snapshot."""
        return PlaneSelection(self.trim, self.max_planes, self.chunk_width)
