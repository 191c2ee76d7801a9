"""Finds the images of a search, splits them and makes them available decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from harness.errors import DataError
from harness.training.image_batches import split_indices_by_class
from workloads.imagenet.decoded_images import DecodedImages
from workloads.imagenet.decoding import Decoder
from workloads.imagenet.image_files import ImageCollection, ImageCollections
from workloads.imagenet.locate import find_images
from workloads.imagenet.memory_budget import decode_within_budget
from workloads.imagenet.options import ImagenetOptions


@dataclass(frozen=True)
class LoadedImages:
    """The images of a search, split, and how many classes they have."""

    classes: int
    train: DecodedImages
    validation: DecodedImages
    test: DecodedImages


def wanted_images(root: Path | None, options: ImagenetOptions) -> ImageCollections:
    """List the images under a data root that the options ask for.

    Raises
    ------
    DataError
        If there are no images, too few, or they are not in order.
    """
    found = find_images(root, options.archive)
    _check_numbers(found.train, options)
    limits = (options.classes, options.images_per_class)
    collections = ImageCollections(found.train.first(*limits), found.val.first(*limits))
    if len(collections.train) < 2:
        raise DataError("ImageNet's train/ needs two images or more, to be split in two.")
    return collections


def _check_numbers(train: ImageCollection, options: ImagenetOptions) -> None:
    held = len(train.classes)
    if options.classes is not None and options.classes > held:
        raise DataError(f"classes asks for {options.classes} classes and the data have {held}.")
    largest = int(train.labels.bincount().max())
    if options.images_per_class is not None and options.images_per_class > largest:
        raise DataError(
            f"images_per_class asks for {options.images_per_class} images and train/ has "
            f"{largest} of a class at most."
        )


def load_images(
    root: Path | None, options: ImagenetOptions, split_seed: int, device: torch.device
) -> LoadedImages:
    """Split the images, and decode them if their pixels fit in memory.

    Raises
    ------
    DataError
        If images are missing, or one to be kept in memory cannot be decoded.
    """
    collections = wanted_images(root, options)
    train, validation = split_indices_by_class(collections.train.labels, split_seed)
    whole = Decoder(options.image_size, "whole")
    centre = Decoder(options.image_size, "centre")
    parts = (
        (collections.train.select(train), whole),
        (collections.train.select(validation), centre),
        (collections.val, centre),
    )
    images = decode_within_budget(parts, device, options.memory_budget_gib, options.loader_workers)
    return LoadedImages(len(collections.train.classes), *images)
