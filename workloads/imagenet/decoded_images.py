"""What training and evaluation need of decoded images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class DecodedBatch:
    """Decoded images with what is known of them.

    Attributes
    ----------
    images
        uint8 [N, 3, side, side], channels last.
    labels
        int64 [N], on the images' device.
    aspects
        float32 [N] on the CPU: the original width ÷ height.
    """

    images: Tensor
    labels: Tensor
    aspects: Tensor

    def to(self, device: torch.device) -> DecodedBatch:
        """Return the batch on a device."""
        return DecodedBatch(
            self.images.to(device, non_blocking=True),
            self.labels.to(device, non_blocking=True),
            self.aspects,
        )

    def pin_memory(self) -> DecodedBatch:
        """Return the batch in memory from which a GPU copies on its own."""
        return DecodedBatch(self.images.pin_memory(), self.labels.pin_memory(), self.aspects)


class DecodedImages(Protocol):
    """Images that can be had, decoded, in any order.

    Attributes
    ----------
    device
        Where batches are.
    side
        Height and width of the decoded squares.
    aspects
        The images' original width ÷ height, float32 [N] on the CPU; None where it is
        known for the images of a batch only.
    """

    device: torch.device
    side: int

    @property
    def aspects(self) -> Tensor | None:
        """The original width ÷ height of all images."""
        ...

    def __len__(self) -> int:
        """Return the number of images."""
        ...

    def batches(self, order: Tensor, batch_size: int) -> Iterator[DecodedBatch]:
        """Yield the images at the indices `order` [N] in batches, on the device."""
        ...
