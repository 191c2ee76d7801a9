"""Normalised batches for training, with random crops, and for evaluation."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from harness.training.normalisation import Normalisation
from workloads.imagenet.decoded_images import DecodedBatch, DecodedImages
from workloads.imagenet.random_crops import CropBoxes, RandomCrops, mirror_first_half

NORMALISATION = Normalisation(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
"""The mean and standard deviation of ImageNet's training images."""


class EvaluationBatches:
    """All images in order, normalised.

    Parameters
    ----------
    images
        Decoded images of the size the network is given.
    batch_size
        Images in a batch; the last one may be smaller.
    image_size
        Height and width.
    """

    def __init__(self, images: DecodedImages, batch_size: int, image_size: int) -> None:
        self._images = images
        self._batch_size = batch_size
        self._normalised = _Normaliser(image_size, images.device)

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images float32 [B, 3, size, size] and labels [B]."""
        for batch in self._images.batches(torch.arange(len(self._images)), self._batch_size):
            yield self._normalised(batch.images), batch.labels


class TrainingBatches:
    """All images in random order; of each a random crop, resized, perhaps mirrored, normalised.

    A last batch of one image is left out, because batch normalisation of one image
    may be undefined.

    Parameters
    ----------
    images
        Decoded images, whole.
    batch_size
        Images in a batch; the last one may be smaller.
    image_size
        Height and width of a crop once it is resized.
    crops
        What is cut out.
    generator
        A CPU generator; it draws order and crops, so these are the same on every device.
    """

    def __init__(
        self,
        images: DecodedImages,
        batch_size: int,
        image_size: int,
        crops: RandomCrops,
        generator: torch.Generator,
    ) -> None:
        self._images = images
        self._batch_size = batch_size
        self._image_size = image_size
        self._normalised = _Normaliser(image_size, images.device)
        self._crops = crops
        self._generator = generator
        number = len(images)
        self._used = number - 1 if batch_size > 1 and number % batch_size == 1 else number

    def __len__(self) -> int:
        return math.ceil(self._used / self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images float32 [B, 3, size, size] and labels [B]."""
        order = torch.randperm(len(self._images), generator=self._generator)[: self._used]
        draws = self._crops.draw(len(order), self._generator)
        batches = self._images.batches(order, self._batch_size)
        for batch, boxes in self._with_boxes(batches, order, draws):
            crops = mirror_first_half(boxes.apply(batch.images, self._image_size))
            yield self._normalised(crops), batch.labels

    def _with_boxes(
        self, batches: Iterator[DecodedBatch], order: Tensor, draws: Tensor
    ) -> Iterator[tuple[DecodedBatch, CropBoxes]]:
        """Yield batches with their crops, computed for the whole epoch at once where possible."""
        side, aspects = self._images.side, self._images.aspects
        starts = range(0, len(order), self._batch_size)
        if aspects is None:
            for start, batch in zip(starts, batches, strict=True):
                own_draws = draws[:, start : start + self._batch_size]
                yield batch, self._crops.boxes(own_draws, batch.aspects, side)
            return
        boxes = self._crops.boxes(draws, aspects[order], side)
        for start, batch in zip(starts, batches, strict=True):
            yield batch, boxes.select(slice(start, start + self._batch_size))


class _Normaliser:
    """Turns grey levels 0…255 into normalised float32 values."""

    def __init__(self, image_size: int, device: torch.device) -> None:
        self._gain, self._shift = NORMALISATION.affine((image_size, image_size), device)

    def __call__(self, images: Tensor) -> Tensor:
        pixels = images.float()
        # Writing over the pixels saves touching as much memory again.
        return torch.addcmul(self._shift, pixels, self._gain, out=pixels)
