"""Decodes images to 8-bit squares of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2.functional import center_crop, resize

from harness.errors import DataError
from workloads.imagenet.image_files import ImageCollection, ImageFile

View = Literal["whole", "centre"]
"""``whole``: all of the image, stretched to a square. ``centre``: the centre crop."""

_MARGIN = 256 / 224
_SIGNATURES = {b"\xff\xd8\xff": b"\xff\xd9", b"\x89PNG": b"IEND"}


@dataclass(frozen=True)
class Decoder:
    """Turns an encoded image into an 8-bit square.

    Attributes
    ----------
    image_size
        Height and width of the images a network is given.
    view
        ``centre`` is what a network is evaluated on: the short side resized to 8/7 of
        the image size, then the centre cut out, as is usual for ImageNet. ``whole``
        keeps all of the image at 8/7 of the image size, for random crops; the
        aspect ratio that is lost by stretching is given beside it.
    """

    image_size: int
    view: View

    @property
    def side(self) -> int:
        """Height and width of the decoded square."""
        return self._resized_side if self.view == "whole" else self.image_size

    def decode(self, file: ImageFile) -> tuple[Tensor, float]:
        """Return an image uint8 [3, side, side], and its original width ÷ height.

        Raises
        ------
        DataError
            If the image cannot be decoded.
        """
        encoded = torch.frombuffer(bytearray(file.read() or b"\0"), dtype=torch.uint8)
        try:
            pixels = _eight_bits(decode_image(encoded, mode=ImageReadMode.RGB))
        except RuntimeError as error:
            reason = str(error).splitlines()[0].rpartition(", ")[2]
            raise DataError(f"The image {file.name} cannot be decoded: {reason}.") from error
        if pixels.dtype != torch.uint8 or pixels.ndim != 3 or pixels.shape[0] != 3:
            raise DataError(
                f"The image {file.name} cannot be decoded: it is {pixels.dtype} "
                f"{list(pixels.shape)}, not one image of three channels."
            )
        _, height, width = pixels.shape
        return self._resized(pixels), width / height

    @property
    def _resized_side(self) -> int:
        return round(self.image_size * _MARGIN)

    def _resized(self, pixels: Tensor) -> Tensor:
        side = self._resized_side
        if self.view == "whole":
            square: Tensor = resize(pixels, [side, side], antialias=True)
        else:
            square = center_crop(resize(pixels, [side], antialias=True), [self.image_size])
        return square


def _eight_bits(pixels: Tensor) -> Tensor:
    """Return pixels of 16 bits scaled to 8, black to black and white to white."""
    if pixels.dtype != torch.uint16:
        return pixels
    return ((pixels.to(torch.int32) + 128) // 257).to(torch.uint8)


def check_encoding(collection: ImageCollection, most: int) -> None:
    """Check, without decoding, that images begin and end like JPEG or PNG files.

    Parameters
    ----------
    collection
        The images.
    most
        How many to look at, evenly spaced.

    Raises
    ------
    DataError
        If an image is of neither kind, or truncated.
    """
    step = max(1, -(-len(collection) // most))
    for file in collection.files[::step]:
        encoded = file.read()
        end = next((end for start, end in _SIGNATURES.items() if encoded.startswith(start)), None)
        if end is None:
            raise DataError(f"The image {file.name} cannot be decoded: it is no JPEG or PNG file.")
        if end not in encoded:
            raise DataError(f"The image {file.name} cannot be decoded: it is truncated.")
