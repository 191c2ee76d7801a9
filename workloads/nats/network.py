"""The network of the NATS-Bench size search space.

Dong et al., *NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and
Size*, TPAMI 2021: five searched channel numbers, one cell a stage, and in each cell
the best topology found on CIFAR-100.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from workloads.nats.space import STAGES


class ConvolutionNorm(nn.Sequential):
    """A convolution without bias, followed by batch normalisation."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1
    ) -> None:
        padding = kernel_size // 2
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False),
            nn.BatchNorm2d(out_channels),
        )


class Cell(nn.Module):
    """The fixed cell: four nodes, each the sum of its incoming edges.

    Every convolution edge is ReLU, 3×3 convolution, batch normalisation, so the
    edges that leave a node share its ReLU.

    Parameters
    ----------
    in_channels, out_channels
        Channels of the first and of all other nodes. Where they are equal the
        edge from the first to the last node is an identity.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.edge_0_1 = ConvolutionNorm(in_channels, out_channels)
        self.edge_0_2 = ConvolutionNorm(in_channels, out_channels)
        self.edge_1_2 = ConvolutionNorm(out_channels, out_channels)
        self.edge_0_3 = (
            nn.Identity()
            if in_channels == out_channels
            else ConvolutionNorm(in_channels, out_channels, kernel_size=1)
        )
        self.edge_1_3 = ConvolutionNorm(out_channels, out_channels)
        self.edge_2_3 = ConvolutionNorm(out_channels, out_channels)
        self.relu = nn.ReLU()
        # Nothing else reads the sums at nodes 1 and 2, so they need no memory of their own.
        self.relu_in_place = nn.ReLU(inplace=True)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map [N, in_channels, H, W] to [N, out_channels, H, W]."""
        active_0 = self.relu(inputs)
        active_1 = self.relu_in_place(self.edge_0_1(active_0))
        active_2 = self.relu_in_place(self.edge_0_2(active_0) + self.edge_1_2(active_1))
        outputs: Tensor = self.edge_0_3(inputs) + self.edge_1_3(active_1) + self.edge_2_3(active_2)
        return outputs


class ResidualBlock(nn.Module):
    """Two ReLU-convolution-norm layers that halve the resolution, beside a shortcut.

    The shortcut pools with ``ceil_mode``, which odd sizes need: a strided convolution
    takes 225 to 113 pixels, and a pool that rounds down would take them to 112.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.reduce = ConvolutionNorm(in_channels, out_channels, stride=2)
        self.relu_in_place = nn.ReLU(inplace=True)
        self.refine = ConvolutionNorm(out_channels, out_channels)
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(kernel_size=2, stride=2, ceil_mode=True),
            nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Map [N, in_channels, H, W] to [N, out_channels, ⌈H/2⌉, ⌈W/2⌉]."""
        reduced = self.relu_in_place(self.reduce(self.relu(inputs)))
        outputs: Tensor = self.shortcut(inputs) + self.refine(reduced)
        return outputs


class SizeSpaceNetwork(nn.Module):
    """A network of the size space.

    Parameters
    ----------
    channels
        The five channel numbers: stem and first cell, first residual block, second
        cell, second residual block, third cell.
    classes
        The number of classes.

    Raises
    ------
    ValueError
        If there are not five channel numbers.
    """

    def __init__(self, channels: Sequence[int], classes: int) -> None:
        super().__init__()
        if len(channels) != STAGES:
            raise ValueError(f"the network has {STAGES} channel numbers, not {len(channels)}")
        c0, c1, c2, c3, c4 = channels
        self.stem = ConvolutionNorm(3, c0)
        self.stages = nn.Sequential(
            Cell(c0, c0),
            ResidualBlock(c0, c1),
            Cell(c1, c2),
            ResidualBlock(c2, c3),
            Cell(c3, c4),
        )
        self.head = nn.Sequential(
            nn.BatchNorm2d(c4),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(c4, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return class scores [N, classes] of images [N, 3, H, W]."""
        scores: Tensor = self.head(self.stages(self.stem(images)))
        return scores
