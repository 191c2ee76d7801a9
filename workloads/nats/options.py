"""The options of a workload that trains the size-space network on images."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt, field_validator

from harness.training.schedule import Schedule
from harness.workload import WorkloadOptions


class ImageOptions(WorkloadOptions):
    """How images are prepared and trained on, and what the search space offers."""

    image_size: PositiveInt | tuple[PositiveInt, PositiveInt] = Field(
        32,
        description=(
            "Pixels: one number for both sides, or [height, width]. Images of another size are "
            "resized on the device; the paper trains CIFAR-10 on [225, 255]."
        ),
    )
    batch_size: PositiveInt = Field(
        64,
        description=(
            "Training images in a step; 256 is NATS-Bench's, for the whole of CIFAR-10. "
            "Evaluation takes four times as many."
        ),
    )
    schedule: Schedule = Field(
        "cosine",
        description=(
            "What the learning rate does after the warm-up: 'cosine' to 0 at max_epochs "
            "(NATS-Bench's recipe) or 'constant'."
        ),
    )
    augment: bool = Field(
        True,
        description=(
            "Whether training images are cropped at random after padding by four pixels and, "
            "where mirrored images keep their class, flipped at random."
        ),
    )
    images: int | None = Field(
        None,
        ge=10,
        description="Number of images for training and validation together; null for all.",
    )
    test_images: PositiveInt | None = Field(
        None, description="Number of test images; null for all."
    )
    channels: tuple[PositiveInt, ...] = Field(
        (8, 16, 24, 32, 40, 48, 56, 64),
        description="The choices of each channel number, smallest first.",
    )
    weight_decay: Literal["log", "uniform"] = Field(
        "log",
        description=(
            "'log': log-uniform in 1e-6…1e-2. 'uniform': uniform in 0…0.1, where most values "
            "keep a network trained with momentum from learning."
        ),
    )

    @field_validator("channels")
    @classmethod
    def _ascending_choices(cls, channels: tuple[int, ...]) -> tuple[int, ...]:
        if len(channels) < 2 or list(channels) != sorted(set(channels)):
            raise ValueError("give at least two different channel numbers, smallest first")
        return channels

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        if isinstance(self.image_size, int):
            return self.image_size, self.image_size
        return self.image_size
