"""Images decoded anew whenever they are asked for."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from harness.errors import DataError
from workloads.imagenet.decoded_images import DecodedBatch
from workloads.imagenet.decoding import Decoder
from workloads.imagenet.image_files import ImageCollection

_Sample = tuple[Tensor, Tensor, float]


class StreamedImages:
    """Images decoded anew whenever they are asked for.

    Parameters
    ----------
    collection, decoder
        Which images, and how they are decoded.
    device
        Where batches are needed; for a GPU they pass through pinned memory.
    workers
        Processes that decode; 0 decodes in this one.
    """

    def __init__(
        self, collection: ImageCollection, decoder: Decoder, device: torch.device, workers: int
    ) -> None:
        self.device = device
        self.side = decoder.side
        self.aspects = None
        self._dataset = _DecodingDataset(collection, decoder)
        self._workers = workers

    def __len__(self) -> int:
        return len(self._dataset)

    def batches(self, order: Tensor, batch_size: int) -> Iterator[DecodedBatch]:
        """Yield the images at the indices `order` [N] in batches, on the device.

        Raises
        ------
        DataError
            If an image cannot be decoded.
        """
        loader = DataLoader(
            self._dataset,
            batch_sampler=[indices.tolist() for indices in torch.split(order, batch_size)],
            num_workers=self._workers,
            collate_fn=_collate,
            pin_memory=self.device.type == "cuda",
            # Without one of its own, the loader would draw from the process' generator.
            generator=torch.Generator(),
        )
        for batch in loader:
            if isinstance(batch, DataError):
                raise batch
            yield batch.to(self.device)


class _DecodingDataset(Dataset[_Sample | DataError]):
    """Decodes images one by one.

    It returns an error instead of raising it: a worker's exception would arrive as the
    text of its traceback.
    """

    def __init__(self, collection: ImageCollection, decoder: Decoder) -> None:
        self._collection = collection
        self._decoder = decoder

    def __len__(self) -> int:
        return len(self._collection)

    def __getitem__(self, index: int) -> _Sample | DataError:
        try:
            image, aspect = self._decoder.decode(self._collection.files[index])
        except DataError as error:
            return error
        return image.permute(1, 2, 0), self._collection.labels[index], aspect


def _collate(
    samples: list[_Sample | DataError],
) -> DecodedBatch | DataError:
    for sample in samples:
        if isinstance(sample, DataError):
            return sample
    pixels, labels, aspects = default_collate(samples)
    return DecodedBatch(pixels.permute(0, 3, 1, 2), labels, aspects.float())
