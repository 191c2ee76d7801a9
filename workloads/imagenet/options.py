"""The options of the ImageNet workload."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from harness.training.schedule import Schedule
from harness.workload import WorkloadOptions

Depth = Literal[10, 18, 26, 34, 50, 101, 152]
"""Layers with weights, from the first convolution to the last linear layer."""

STAGES = 4
"""The number of the network's stages; each but the first halves the resolution."""


class ImagenetOptions(WorkloadOptions):
    """How images are read, prepared and trained on, and how large the network is.

    The defaults suit two cores and the ten-class sample.
    """

    image_size: int = Field(
        64, ge=32, description="Height and width of a training image in pixels; 224 at full scale."
    )
    depth: Depth = Field(
        18,
        description=(
            "Layers of the network: 10, 18 and 34 have basic blocks, 26, 50, 101 and 152 "
            "bottlenecks. 50 at full scale."
        ),
    )
    width: float = Field(
        0.5,
        gt=0,
        description="Factor on all channel numbers of the space; 1 at full scale.",
    )
    batch_size: PositiveInt = Field(
        32,
        description="Training images in a step; 128 a GPU at full scale. "
        "Evaluation takes four times as many.",
    )
    schedule: Schedule = Field(
        "cosine",
        description=(
            "What the learning rate does after the warm-up: 'cosine' to 0 at max_epochs or "
            "'constant'."
        ),
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of the target that is spread over all classes."
    )
    smallest_crop: float = Field(
        0.35,
        gt=0,
        le=1,
        description=(
            "Smallest share of an image's area that a random training crop covers; 0.1 at full "
            "scale. Short trainings learn more from larger crops."
        ),
    )
    weight_decay: Literal["log", "uniform"] = Field(
        "log",
        description=(
            "'log': log-uniform in 1e-6…1e-2. 'uniform': uniform in 0…0.1, where most values "
            "keep a network trained with momentum from learning."
        ),
    )
    archive: str | None = Field(
        None,
        description=(
            "Name of the .tar file to read, in the data root or its imagenet/; null takes the "
            "folders train/ and val/ where they are, then 'imagenet10-128px.tar'."
        ),
    )
    classes: int | None = Field(
        None, ge=2, description="Number of classes, the first by wnid; null for all."
    )
    images_per_class: int | None = Field(
        None,
        ge=2,
        description="Images of a class, the first by name, in train/ and in val/; null for all.",
    )
    memory_budget_gib: float | None = Field(
        None,
        ge=0,
        description=(
            "Memory for decoded images, of one process, in GiB. Images that do not fit are "
            "decoded anew in every epoch. null for a sixteenth of the main memory."
        ),
    )
    loader_workers: int | None = Field(
        None,
        ge=0,
        description=(
            "Processes that decode images which are not cached; null for as many as this "
            "process has torch threads."
        ),
    )
