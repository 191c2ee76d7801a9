"""Turns pixels and JPEG files into labelled images."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.io import ImageReadMode, decode_jpeg

from harness.image_batches import LabelledImages
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
    files = torch.from_numpy(encoded)
    try:
        decoded = [
            decode_jpeg(files[offsets[index] : offsets[index + 1]], mode=ImageReadMode.RGB)
            for index in range(len(labels))
        ]
    except RuntimeError as error:
        raise ValueError(f"a damaged JPEG image: {error}") from error
    if any(image.shape != (3, SIDE, SIDE) for image in decoded):
        raise ValueError(f"an image that is not {SIDE}×{SIDE} pixels.")
    return LabelledImages(torch.stack(decoded), torch.from_numpy(labels.astype(np.int64)))
