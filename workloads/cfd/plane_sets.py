"""Sets of images, held in memory or streamed from files as an epoch goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from workloads.cfd.blocks import Block
from workloads.cfd.plane_order import Window, image_numbers

FLOAT_BYTES = 4


class PlaneSet(ABC):
    """Normalised images of one part of the data.

    Attributes
    ----------
    block_images
        How many images each block has.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.block_images = tuple(block.images for block in blocks)

    def __len__(self) -> int:
        return sum(self.block_images)

    @abstractmethod
    def read(self, windows: Sequence[Window]) -> Iterator[Tensor]:
        """Yield the images of each window in its order, float32 [images, z, x, 3] on the device."""


class HeldPlanes(PlaneSet):
    """Images in the device's memory.

    Parameters
    ----------
    blocks
        Read at once.
    device
        Where the images stay.
    """

    def __init__(self, blocks: Sequence[Block], device: torch.device) -> None:
        super().__init__(blocks)
        self._images = torch.empty(len(self), *blocks[0].image_size, 3, device=device)
        first = 0
        for block in blocks:
            self._images[first : first + block.images] = block.read()
            first += block.images

    def read(self, windows: Sequence[Window]) -> Iterator[Tensor]:
        """Gather each window from memory."""
        for window in windows:
            numbers = image_numbers(window, self.block_images)
            if window.order is None:
                yield self._images[int(numbers[0]) : int(numbers[-1]) + 1]
            else:
                yield self._images.index_select(0, numbers.to(self._images.device))


class StreamedPlanes(PlaneSet):
    """Images that are read anew in every epoch, one window ahead of the training.

    At most two windows are in memory, however large the files are.

    Parameters
    ----------
    blocks
        Read whenever their window comes.
    device
        Where the images are needed.
    """

    def __init__(self, blocks: Sequence[Block], device: torch.device) -> None:
        super().__init__(blocks)
        self._blocks = tuple(blocks)
        self._device = device

    def read(self, windows: Sequence[Window]) -> Iterator[Tensor]:
        """Read each window in a second thread while the one before is in use."""
        with ThreadPoolExecutor(1, thread_name_prefix="flow-reader") as reader:
            upcoming = reader.submit(self._read_window, windows[0])
            for following in [*windows[1:], None]:
                images = upcoming.result()
                if following is not None:
                    upcoming = reader.submit(self._read_window, following)
                yield images.to(self._device, non_blocking=True)

    def _read_window(self, window: Window) -> Tensor:
        images = torch.cat([self._blocks[number].read() for number in window.blocks])
        if window.order is not None:
            images = images[window.order]
        # Only pinned memory can be copied to a GPU while it computes.
        return images.pin_memory() if self._device.type == "cuda" else images


def image_bytes(blocks: Sequence[Block]) -> int:
    """Return the bytes that the images of blocks take in memory."""
    return sum(
        block.images * block.image_size[0] * block.image_size[1] * 3 * FLOAT_BYTES
        for block in blocks
    )
