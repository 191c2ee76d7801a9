"""Decides whether decoded images are kept in memory, and in which."""

from __future__ import annotations

from collections.abc import Sequence

import psutil
import torch

from workloads.imagenet.cached_images import CachedImages
from workloads.imagenet.decoded_images import DecodedImages
from workloads.imagenet.decoding import Decoder
from workloads.imagenet.image_files import ImageCollection
from workloads.imagenet.streamed_images import StreamedImages

_MAIN_MEMORY_SHARE = 1 / 16
_DEVICE_MEMORY_SHARE = 1 / 4


def decode_within_budget(
    parts: Sequence[tuple[ImageCollection, Decoder]],
    device: torch.device,
    memory_budget_gib: float | None,
    workers: int | None,
) -> tuple[DecodedImages, ...]:
    """Make images available decoded: all cached if all of them fit, or else all streamed.

    Parameters
    ----------
    parts
        Images and how they are decoded.
    device
        Where batches are needed. The cache is there if it takes no more than a
        quarter of the free memory, or else in main memory.
    memory_budget_gib
        Memory for decoded images in GiB; None for a sixteenth of the main memory.
    workers
        Processes that decode what is streamed; None for one a torch thread.

    Raises
    ------
    DataError
        If an image to be cached cannot be decoded.
    """
    needed = sum(len(collection) * 3 * decoder.side**2 for collection, decoder in parts)
    if needed > _budget(memory_budget_gib):
        processes = torch.get_num_threads() if workers is None else workers
        return tuple(StreamedImages(*part, device, processes) for part in parts)
    memory = device if _fits_on(device, needed) else torch.device("cpu")
    return tuple(CachedImages(*part, device, memory) for part in parts)


def _budget(memory_budget_gib: float | None) -> float:
    if memory_budget_gib is None:
        return psutil.virtual_memory().total * _MAIN_MEMORY_SHARE
    return memory_budget_gib * 2**30


def _fits_on(device: torch.device, needed: int) -> bool:
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return needed <= free * _DEVICE_MEMORY_SHARE
