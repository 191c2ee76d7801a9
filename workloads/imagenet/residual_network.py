"""A residual network whose channel numbers are free in every stage.

He et al., *Deep Residual Learning for Image Recognition*, CVPR 2016, from the building
blocks of torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from workloads.imagenet.options import STAGES, Depth

_BLOCKS: dict[Depth, tuple[type[BasicBlock] | type[Bottleneck], tuple[int, int, int, int]]] = {
    10: (BasicBlock, (1, 1, 1, 1)),
    18: (BasicBlock, (2, 2, 2, 2)),
    26: (Bottleneck, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}


class ResidualNetwork(nn.Module):
    """A residual network for images of any size from 32 pixels.

    Parameters
    ----------
    depth
        The number of layers; it determines the kind of block and how many.
    stem_channels
        Channels of the first convolution.
    stage_channels
        The channel number of each stage's 3×3 convolutions. A bottleneck gives
        out four times as many.
    classes
        The number of classes.

    Raises
    ------
    ValueError
        If there are not four stage channel numbers.

    Notes
    -----
    The last normalisation of each block starts at zero, so that a block begins as
    its shortcut: Goyal et al., *Accurate, Large Minibatch SGD*, 2017, section 5.1.
    """

    def __init__(
        self, depth: Depth, stem_channels: int, stage_channels: Sequence[int], classes: int
    ) -> None:
        super().__init__()
        if len(stage_channels) != STAGES:
            raise ValueError(f"the network has {STAGES} stages, not {len(stage_channels)}")
        block, counts = _BLOCKS[depth]
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem_channels, kernel_size=7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem_channels),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        )
        in_channels = stem_channels
        stages = []
        for index, (channels, count) in enumerate(zip(stage_channels, counts, strict=True)):
            stages.append(
                _stage(block, in_channels, channels, count, stride=1 if index == 0 else 2)
            )
            in_channels = channels * block.expansion
        self.stages = nn.Sequential(*stages)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(in_channels, classes)
        )
        self._initialise()

    def forward(self, images: Tensor) -> Tensor:
        """Return class scores [N, classes] of images [N, 3, H, W]."""
        scores: Tensor = self.head(self.stages(self.stem(images)))
        return scores

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, BasicBlock):
                nn.init.zeros_(module.bn2.weight)
            elif isinstance(module, Bottleneck):
                nn.init.zeros_(module.bn3.weight)


def _stage(
    block: type[BasicBlock] | type[Bottleneck],
    in_channels: int,
    channels: int,
    count: int,
    stride: int,
) -> nn.Sequential:
    out_channels = channels * block.expansion
    first = block(in_channels, channels, stride, _projection(in_channels, out_channels, stride))
    return nn.Sequential(first, *(block(out_channels, channels) for _ in range(count - 1)))


def _projection(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """Return the shortcut's projection, where the shortcut cannot be the identity."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )
