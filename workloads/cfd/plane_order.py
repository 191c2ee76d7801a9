"""The order of images in an epoch: blocks at random, images at random within a few blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor


@dataclass(frozen=True)
class Window:
    """Some blocks whose images come one after another, in any order.

    Attributes
    ----------
    blocks
        Their numbers.
    order
        A permutation of their images, counted through the blocks, int64 [images];
        None keeps the images as they come.
    """

    blocks: tuple[int, ...]
    order: Tensor | None


def epoch_windows(
    block_images: Sequence[int], window_blocks: int, generator: torch.Generator | None
) -> list[Window]:
    """Return the windows of one epoch.

    The order depends on nothing but these arguments: images held in memory and
    images read from files make the same batches.

    Parameters
    ----------
    block_images
        How many images each block has.
    window_blocks
        The most blocks of a window.
    generator
        Draws the order; None keeps blocks and images in order.
    """
    blocks = range(len(block_images))
    order = blocks if generator is None else torch.randperm(len(blocks), generator=generator)
    numbers = [int(number) for number in order]
    windows = []
    for first in range(0, len(numbers), window_blocks):
        members = tuple(numbers[first : first + window_blocks])
        images = sum(block_images[member] for member in members)
        permutation = None if generator is None else torch.randperm(images, generator=generator)
        windows.append(Window(members, permutation))
    return windows


def image_numbers(window: Window, block_images: Sequence[int]) -> Tensor:
    """Return the numbers, in one row of all blocks' images, of a window's images, int64."""
    offsets = [0, *accumulate(block_images)]
    numbers = torch.cat(
        [torch.arange(offsets[block], offsets[block + 1]) for block in window.blocks]
    )
    return numbers if window.order is None else numbers[window.order]
