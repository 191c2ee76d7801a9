"""scikit-learn's digits as images."""

from __future__ import annotations

import torch
from torch.nn import functional

from harness.training.image_batches import LabelledImages
from workloads.nats.images import ImageSets

TEST_IMAGES = 297
"""How many images, the last ones in the data set's own order, are the test set."""

SIDE = 32
"""Height and width of an image; the originals have a quarter of it."""

GREY_LEVELS = 16
"""The white of the originals."""


def read_digits(images: int | None, test_images: int | None) -> ImageSets:
    """Return the first digits of both sets; None for all."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    data = LabelledImages(
        _enlarge(torch.from_numpy(digits.images)), torch.from_numpy(digits.target)
    )
    search = data.select(slice(0, len(data) - TEST_IMAGES))
    test = data.select(slice(len(data) - TEST_IMAGES, None))
    return ImageSets(search.select(slice(0, images)), test.select(slice(0, test_images)))


def _enlarge(grey: torch.Tensor) -> torch.Tensor:
    """Turn grey levels [N, 8, 8] of 0…16 into uint8 [N, 3, 32, 32]."""
    large = functional.interpolate(grey[:, None], (SIDE, SIDE), mode="bilinear")
    levels = (large * (255 / GREY_LEVELS)).round().to(torch.uint8)
    return levels.expand(-1, 3, -1, -1)
