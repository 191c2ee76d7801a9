"""Batches of images that stay in the device's memory: gathered, augmented, normalised there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from harness.training.normalisation import Normalisation


@dataclass(frozen=True)
class LabelledImages:
    """Images with their class numbers.

    Attributes
    ----------
    images
        uint8 [N, 3, height, width].
    labels
        int64 [N].
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if self.images.dim() != 4 or self.images.dtype != torch.uint8:
            raise ValueError(
                "images must be uint8 of shape [N, C, H, W], "
                f"not {self.images.dtype} {list(self.images.shape)}"
            )
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"{len(self.images)} images cannot have labels {list(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def select(self, indices: Tensor | slice) -> LabelledImages:
        """Return the images at `indices`, in that order."""
        return LabelledImages(self.images[indices], self.labels[indices])

    def to(self, device: torch.device) -> LabelledImages:
        """Return the images on a device, in the channels-last layout batches need."""
        return LabelledImages(
            self.images.to(device, memory_format=torch.channels_last), self.labels.to(device)
        )


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images.

    Attributes
    ----------
    padding
        Pixels of black added on each side before a random crop to the old size.
    flip
        Whether an image is mirrored left to right with probability 1/2.
    """

    padding: int
    flip: bool


def split_indices_by_class(labels: Tensor, seed: int, parts: int = 5) -> tuple[Tensor, Tensor]:
    """Split sample numbers into training and validation ones of the same class balance.

    Parameters
    ----------
    labels
        Class numbers int64 [N].
    seed
        Determines the split.
    parts
        One of how many parts is for validation; 5 gives 80/20.

    Returns
    -------
    tuple
        Numbers int64 of the training and of the validation samples, ascending.
    """
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(labels), generator=generator)
    by_class = shuffled[torch.argsort(labels[shuffled], stable=True)]
    validates = torch.zeros(len(labels), dtype=torch.bool)
    validates[by_class[::parts]] = True
    return (~validates).nonzero().flatten(), validates.nonzero().flatten()


def split_by_class(
    data: LabelledImages, seed: int, parts: int = 5
) -> tuple[LabelledImages, LabelledImages]:
    """Split data into training and validation data of the same class balance.

    Parameters
    ----------
    data
        What to split.
    seed
        Determines the split.
    parts
        One of how many parts is for validation; 5 gives 80/20.

    Returns
    -------
    tuple
        Training data and validation data.
    """
    train, validation = split_indices_by_class(data.labels, seed, parts)
    return data.select(train), data.select(validation)


class ImageBatches:
    """Normalised float32 batches [B, 3, height, width] of images held on one device.

    Whatever is random is drawn on the CPU for a whole epoch at a time, so batches
    are the same on every device and no batch waits for a draw.

    Parameters
    ----------
    data
        The images; batches are made on their device.
    batch_size
        Images in a batch; the last one may be smaller.
    image_size
        Height and width of a batch's images; others are resized bilinearly.
    normalisation
        What is subtracted and divided by.
    generator
        Draws order and augmentation. Without it batches come in order.
    augmentation
        Random changes; they need a generator.
    """

    def __init__(
        self,
        data: LabelledImages,
        batch_size: int,
        image_size: tuple[int, int],
        normalisation: Normalisation,
        generator: torch.Generator | None = None,
        augmentation: Augmentation | None = None,
    ) -> None:
        if augmentation is not None and generator is None:
            raise ValueError("augmentation needs a generator")
        self._data = data
        self._batch_size = batch_size
        self._image_size = image_size
        self._gain, self._shift = normalisation.affine(image_size, data.images.device)
        self._generator = generator
        self._augmentation = augmentation

    def __len__(self) -> int:
        return math.ceil(len(self._data) / self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images float32 [B, 3, height, width], channels last, and labels [B]."""
        if self._generator is None:
            for start in range(0, len(self._data), self._batch_size):
                batch = self._data.select(slice(start, start + self._batch_size))
                yield self._normalised(batch.images), batch.labels
            return
        order = self._drawn(torch.randperm(len(self._data), generator=self._generator))
        crops = self._draw_crops()
        for start in range(0, len(self._data), self._batch_size):
            chosen = slice(start, start + self._batch_size)
            batch = self._data.select(order[chosen])
            images = batch.images if crops is None else crops.apply(batch.images, chosen)
            yield self._normalised(images), batch.labels

    def _drawn(self, numbers: Tensor) -> Tensor:
        return numbers.to(self._data.images.device, non_blocking=True)

    def _draw_crops(self) -> _Crops | None:
        if self._augmentation is None:
            return None
        number = len(self._data)
        offsets = torch.randint(
            0, 2 * self._augmentation.padding + 1, (2, number), generator=self._generator
        )
        mirrored = torch.rand(number, generator=self._generator) < 0.5
        return _Crops(
            padding=self._augmentation.padding,
            top=self._drawn(offsets[0]),
            left=self._drawn(offsets[1]),
            mirrored=self._drawn(mirrored & self._augmentation.flip),
        )

    def _normalised(self, images: Tensor) -> Tensor:
        pixels = images.float()
        if pixels.shape[-2:] != self._image_size:
            pixels = functional.interpolate(pixels, self._image_size, mode="bilinear")
        normalised = torch.addcmul(self._shift, pixels, self._gain)
        return normalised.contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True)
class _Crops:
    """One epoch's crops: where each lies in the padded image, and which are mirrored."""

    padding: int
    top: Tensor
    left: Tensor
    mirrored: Tensor

    def apply(self, images: Tensor, chosen: slice) -> Tensor:
        """Crop a batch with the crops at `chosen`; torchvision crops a batch all alike."""
        number, channels, height, width = images.shape
        padded = functional.pad(images, [self.padding] * 4).permute(0, 2, 3, 1)
        _, padded_height, padded_width, _ = padded.shape
        image = torch.arange(number, device=images.device)
        rows = self.top[chosen, None] + torch.arange(height, device=images.device)
        across = torch.arange(width, device=images.device)
        across = torch.where(self.mirrored[chosen, None], across.flip(0), across)
        columns = self.left[chosen, None] + across
        rows = image[:, None] * padded_height + rows
        pixels = rows[:, :, None] * padded_width + columns[:, None, :]
        # One index per pixel is several times faster on a CPU than one per axis.
        cropped = padded.reshape(-1, channels).index_select(0, pixels.flatten())
        return cropped.view(number, height, width, channels).permute(0, 3, 1, 2)
