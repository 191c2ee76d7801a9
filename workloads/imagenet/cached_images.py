"""Images decoded once and kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from workloads.imagenet.decoded_images import DecodedBatch
from workloads.imagenet.decoding import Decoder
from workloads.imagenet.image_files import ImageCollection

_IMAGES_A_TASK = 256


class CachedImages:
    """Images decoded once and kept in memory.

    Parameters
    ----------
    collection, decoder
        Which images, and how they are decoded.
    device
        Where batches are needed.
    memory
        Where the images are kept: on `device` or in main memory.

    Raises
    ------
    DataError
        If an image cannot be decoded.
    """

    def __init__(
        self,
        collection: ImageCollection,
        decoder: Decoder,
        device: torch.device,
        memory: torch.device,
    ) -> None:
        self.device = device
        self.side = decoder.side
        pixels, self.aspects = _decode_all(collection, decoder)
        self._pixels = pixels.to(memory)
        self._labels = collection.labels
        self._pins = device.type == "cuda" and memory.type == "cpu"

    def __len__(self) -> int:
        return len(self._labels)

    def batches(self, order: Tensor, batch_size: int) -> Iterator[DecodedBatch]:
        """Yield the images at the indices `order` [N] in batches, on the device."""
        in_batches = zip(
            torch.split(order.to(self._pixels.device), batch_size),
            torch.split(self._labels[order], batch_size),
            torch.split(self.aspects[order], batch_size),
            strict=True,
        )
        for indices, labels, aspects in in_batches:
            # Gathering along the first axis copies each image as one stretch of memory.
            pixels = self._pixels.index_select(0, indices)
            batch = DecodedBatch(pixels.permute(0, 3, 1, 2), labels, aspects)
            yield (batch.pin_memory() if self._pins else batch).to(self.device)


def _decode_all(collection: ImageCollection, decoder: Decoder) -> tuple[Tensor, Tensor]:
    """Return pixels uint8 [N, side, side, 3] and aspects float32 [N]."""
    number = len(collection)
    pixels = torch.empty(number, decoder.side, decoder.side, 3, dtype=torch.uint8)
    aspects = torch.empty(number)

    def decode(start: int) -> None:
        for index in range(start, min(start + _IMAGES_A_TASK, number)):
            image, aspects[index] = decoder.decode(collection.files[index])
            pixels[index] = image.permute(1, 2, 0)

    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for _ in threads.map(decode, range(0, number, _IMAGES_A_TASK)):
            pass
    return pixels, aspects
