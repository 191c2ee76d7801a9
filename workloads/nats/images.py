"""The images of a search: those it trains and validates with, and those that test its result."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from harness.training.image_batches import LabelledImages, split_by_class


@dataclass(frozen=True)
class ImageSets:
    """Images for the search, and images that only test its result."""

    search: LabelledImages
    test: LabelledImages


@dataclass(frozen=True)
class LoadedImages:
    """The images of a search, split, on the device of their process."""

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages


def split_images(images: ImageSets, split_seed: int, device: torch.device) -> LoadedImages:
    """Split the images of a search 80/20 and put all of them on the device."""
    train, validation = split_by_class(images.search, split_seed)
    return LoadedImages(train.to(device), validation.to(device), images.test.to(device))
