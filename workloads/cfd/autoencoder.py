"""AI4HPC's two-dimensional convolutional autoencoder of velocity planes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

COMPRESSION = 4
"""Cells of a plane, along each side, that one cell of the latent map stands for."""

_NEGATIVE_SLOPE = 0.2


class PlaneAutoencoder(nn.Module):
    """Compresses planes of three velocity components threefold and reconstructs them.

    Four convolutions encode to a latent map [B, 16, ceil(H/4), ceil(W/4)], four
    decode. All have 3×3 kernels without bias; all but the last are followed by
    batch normalisation. It has 65,856 trainable parameters for any plane size.

    Notes
    -----
    ``DDP_ATBL_CAE_mod.py`` of AI4HPC (Inanc and Sarma, v230221a). There the last
    padding is chosen from a list of plane heights; here it follows from the size,
    with the same result for the sizes in that list.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *_normalised_convolution(3, 16),
            nn.LeakyReLU(_NEGATIVE_SLOPE),
            *_normalised_convolution(16, 32, stride=2),
            nn.LeakyReLU(_NEGATIVE_SLOPE),
            *_normalised_convolution(32, 64),
            nn.LeakyReLU(_NEGATIVE_SLOPE),
            *_normalised_convolution(64, 16, stride=2),
            nn.LeakyReLU(_NEGATIVE_SLOPE),
        )
        self.decoder = nn.Sequential(
            *_normalised_convolution(16, 64),
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
            nn.LeakyReLU(_NEGATIVE_SLOPE),
            *_normalised_convolution(64, 32),
            nn.LeakyReLU(_NEGATIVE_SLOPE),
            *_normalised_convolution(32, 16),
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
        )
        self.output = nn.Conv2d(16, 3, kernel_size=3, bias=False)

    def encode(self, planes: Tensor) -> Tensor:
        """Return the latent map [B, 16, ceil(H/4), ceil(W/4)] of planes [B, 3, H, W]."""
        latent: Tensor = self.encoder(planes)
        return latent

    def decode(self, latent: Tensor, size: tuple[int, int]) -> Tensor:
        """Return planes [B, 3, H, W] from a latent map.

        Parameters
        ----------
        latent
            What `encode` returned.
        size
            H and W of the planes that were encoded.
        """
        height, width = size
        padding = (*final_padding(width), *final_padding(height))
        features = functional.pad(self.decoder(latent), padding)
        planes: Tensor = self.output(functional.leaky_relu(features, _NEGATIVE_SLOPE))
        return planes

    def forward(self, planes: Tensor) -> Tensor:
        """Return reconstructions of the shape of `planes`, [B, 3, H, W]."""
        return self.decode(self.encode(planes), (planes.shape[-2], planes.shape[-1]))


def final_padding(size: int) -> tuple[int, int]:
    """Return the cells to add before and after one side ahead of the last convolution.

    The decoder's map has ``4 * ceil(size / 4)`` cells there, and the convolution
    takes away two. A negative number means cells to cut off.

    Parameters
    ----------
    size
        Cells of the plane along this side.
    """
    missing = size + 2 - COMPRESSION * math.ceil(size / COMPRESSION)
    return missing // 2, missing - missing // 2


def _normalised_convolution(
    in_channels: int, out_channels: int, stride: int = 1
) -> tuple[nn.Module, nn.Module]:
    convolution = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(out_channels)


def mean_squared_errors(reconstructions: Tensor, planes: Tensor) -> Tensor:
    """Return the mean squared error of each plane.

    Parameters
    ----------
    reconstructions, planes
        float32 [B, 3, H, W].

    Returns
    -------
    Tensor
        [B].
    """
    return torch.square(reconstructions - planes).mean(dim=(1, 2, 3))
