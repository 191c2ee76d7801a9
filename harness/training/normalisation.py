"""What batches of images are normalised with. A workload declares it, so it imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Normalisation:
    """The mean and standard deviation of each channel, on a scale where white is 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def affine(self, image_size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
        """Return gain and shift, [1, C, height, width], that normalise 8-bit grey levels.

        They span the image: broadcasting over the few innermost channels of a
        channels-last batch is ten times slower than this.
        """
        import torch

        mean, std = torch.tensor(self.mean, device=device), torch.tensor(self.std, device=device)
        gain, shift = (
            values[None, :, None, None]
            .expand(1, len(values), *image_size)
            .contiguous(memory_format=torch.channels_last)
            for values in (1 / (255 * std), -mean / std)
        )
        return gain, shift
