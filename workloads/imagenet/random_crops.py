"""Random crops of varied size and shape, drawn and resized a batch at a time.

Szegedy et al., *Going Deeper with Convolutions*, CVPR 2015, section 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor
from torch.nn import functional

_ATTEMPTS = 10
_SHARED_BY = 4


@dataclass(frozen=True)
class RandomCrops:
    """The distribution that crops are drawn from.

    Four images in a row share the draw of area and aspect, each has its own place: images
    of one shape are then cropped to one size and resized together, on a CPU twice as fast.

    Attributes
    ----------
    area
        Smallest and largest share of an image that a crop covers.
    aspect
        Smallest and largest width ÷ height of a crop.
    """

    area: tuple[float, float]
    aspect: tuple[float, float]

    def draw(self, number: int, generator: torch.Generator) -> Tensor:
        """Return what `boxes` needs of chance for `number` images, float32 [draws, number]."""
        shapes = torch.rand(2 * _ATTEMPTS, math.ceil(number / _SHARED_BY), generator=generator)
        places = torch.rand(2, number, generator=generator)
        return torch.cat([shapes.repeat_interleave(_SHARED_BY, dim=1)[:, :number], places])

    def boxes(self, draws: Tensor, image_aspects: Tensor, side: int) -> CropBoxes:
        """Return one crop for each image.

        Parameters
        ----------
        draws
            From `draw`, for these images.
        image_aspects
            Original width ÷ height of each image [N]; it has since been stretched to a
            square.
        side
            Height and width of the square.

        Notes
        -----
        As in torchvision's ``RandomResizedCrop``: up to ten attempts, then the largest
        crop of an allowed shape around the centre.
        """
        areas, shapes, places = torch.split(draws, [_ATTEMPTS, _ATTEMPTS, 2])
        attempts = self._extents(image_aspects, areas, shapes)
        fits = (attempts <= 1).all(dim=0)
        first_fit = fits.int().argmax(dim=0).expand(2, 1, -1)
        found = fits.any(dim=0)
        fitting = attempts.gather(1, first_fit)[:, 0]
        extents = torch.where(found, fitting, self._largest(image_aspects))
        return _whole_pixels(extents, torch.where(found, places, 0.5), side)

    def _extents(self, image_aspects: Tensor, areas: Tensor, shapes: Tensor) -> Tensor:
        """Return widths and heights [2, attempts, N] as shares of the image's.

        They follow from draws in [0, 1).
        """
        smallest, largest = self.area
        area = smallest + (largest - smallest) * areas
        low, high = (math.log(bound) for bound in self.aspect)
        # A crop's shape relative to the image's is its shape in the stretched square.
        shape = torch.exp(low + (high - low) * shapes) / image_aspects
        return torch.stack([area * shape, area / shape]).sqrt_()

    def _largest(self, image_aspects: Tensor) -> Tensor:
        shape = image_aspects.clamp(*self.aspect) / image_aspects
        return torch.stack([shape, 1 / shape]).clamp_(max=1)


@dataclass(frozen=True)
class CropBoxes:
    """Crops of a batch of squares, in whole pixels.

    Attributes
    ----------
    starts
        Left and top edge of each crop, int64 [2, N], on the CPU.
    lengths
        Width and height of each crop, int64 [2, N], on the CPU.
    """

    starts: Tensor
    lengths: Tensor

    def select(self, chosen: slice) -> CropBoxes:
        """Return some of the crops."""
        return CropBoxes(self.starts[:, chosen], self.lengths[:, chosen])

    def apply(self, images: Tensor, size: int) -> Tensor:
        """Cut out the crops and resize them.

        Parameters
        ----------
        images
            uint8 [N, 3, side, side].
        size
            Height and width of the result.

        Returns
        -------
        Tensor
            [N, 3, size, size] with grey levels 0…255; uint8 on a CPU, float32 elsewhere.
        """
        if images.device.type == "cpu":
            return self.resize_by_size(images, size)
        return self.resample_together(images, size)

    def resize_by_size(self, images: Tensor, size: int) -> Tensor:
        """Resize crops of one size in a row together, others on their own.

        On a CPU this is several times as fast as all crops in one call, because torch has
        vector instructions for resizing 8-bit images.
        """
        boxes = torch.cat([self.lengths, self.starts]).T.tolist()
        resized = []
        for (width, height), same_size in groupby(enumerate(boxes), lambda box: box[1][:2]):
            windows = [
                _window(images, index, top, left, height, width)
                for index, (_, _, left, top) in same_size
            ]
            resized.append(
                functional.interpolate(
                    torch.cat(windows), (size, size), mode="bilinear", antialias=True
                )
            )
        return torch.cat(resized)

    def resample_together(self, images: Tensor, size: int) -> Tensor:
        """Resample all crops in one call, without a wait for the device."""
        number, _, _, side = images.shape
        device = images.device
        centres = (torch.arange(size, device=device) + 0.5) / size
        # Boxes are few bytes; their positions are so many that a copy of them waits for the device.
        starts, lengths = (
            values[:, :, None].to(device, non_blocking=True)
            for values in (self.starts, self.lengths)
        )
        positions = starts + centres * lengths
        # What lies outside a crop has no share in it.
        positions = positions.clamp(starts + 0.5, starts + lengths - 0.5)
        # Sampling positions run from -1 to 1 over the whole square.
        columns, rows = 2 * positions / side - 1
        grid = torch.stack(
            [
                columns[:, None, :].expand(number, size, size),
                rows[:, :, None].expand(number, size, size),
            ],
            dim=-1,
        )
        return functional.grid_sample(
            images.float(), grid, mode="bilinear", padding_mode="border", align_corners=False
        )


def mirror_first_half(images: Tensor) -> Tensor:
    """Return images [N, C, H, W] of which the first half is mirrored left to right.

    In a batch in random order, each image is mirrored with probability 1/2. Mirroring
    one stretch of memory is several times faster than mirroring chosen images.
    """
    half = len(images) // 2
    return torch.cat([images[:half].flip(3), images[half:]])


def _window(images: Tensor, index: int, top: int, left: int, height: int, width: int) -> Tensor:
    """Return a view of one image, made in one step, where slicing takes one an axis."""
    strides = images.stride()
    corner = index * strides[0] + top * strides[2] + left * strides[3]
    return images.as_strided(
        (1, images.shape[1], height, width), strides, images.storage_offset() + corner
    )


def _whole_pixels(extents: Tensor, places: Tensor, side: int) -> CropBoxes:
    """Return crops that cover `extents` of the sides, at `places` of the room left, in 0…1."""
    lengths = (extents * side).round_().clamp_(1, side)
    room = side - lengths
    starts = torch.minimum((places * (room + 1)).floor_(), room)
    return CropBoxes(starts.long(), lengths.long())
