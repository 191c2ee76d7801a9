"""Turns pixels and JPEG files into labelled images."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from harness.training.image_batches import LabelledImages
from workloads.cifar10.source import SIDE


def images_from_pixels(pixels: NDArray[np.generic], labels: NDArray[np.generic]) -> LabelledImages:
    """Turn uint8 [N, height, width, 3] into labelled images."""
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)
    return LabelledImages(images, torch.from_numpy(labels.astype(np.int64)))


def images_from_jpeg(
    encoded: NDArray[np.uint8], offsets: NDArray[np.int64], labels: NDArray[Any]
) -> LabelledImages:
    """Decode JPEG files that lie one after the other into as many images as there are labels.

    Parameters
    ----------
    encoded
        uint8 [bytes].
    offsets
        Where each file begins; there may be more of them than labels.
    labels
        Class numbers [N].

    Raises
    ------
    ValueError
        If a file is damaged or its image has another size.
    """
    pixels = np.empty((len(labels), SIDE, SIDE, 3), dtype=np.uint8)
    for index in range(len(labels)):
        pixels[index] = _decoded(encoded[offsets[index] : offsets[index + 1]].tobytes())
    return images_from_pixels(pixels, labels)


def _decoded(file: bytes) -> NDArray[np.uint8]:
    # torchvision decodes to the same bits, and takes a second of processor time to import.
    try:
        image = Image.open(io.BytesIO(file), formats=["JPEG"]).convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"a damaged JPEG image: {error}") from error
    if image.size != (SIDE, SIDE):
        raise ValueError(f"an image that is not {SIDE}×{SIDE} pixels.")
    return np.asarray(image)
