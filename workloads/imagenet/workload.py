"""ImageNet classification with a residual network of searched widths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.workload import BuildContext, Configuration, Metric, Workload
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.space import MUTABLE, width_space

if TYPE_CHECKING:
    import torch
    from ConfigSpace import ConfigurationSpace

    from harness.training.supervised import SupervisedTraining
    from workloads.imagenet.loading import LoadedImages

CHECKED_IMAGES = 5000
"""How many images of each part `check_data` looks at."""


class ImagenetWorkload(Workload):
    """ImageNet through a residual network whose widths vary by stage.

    The images of ``train`` are split 80/20 into training and validation data; those
    of ``val`` are for the final number only. The network is He et al.'s (CVPR 2016);
    Aach et al. (SC-W 2023) do not say which, nor which widths they search.
    """

    name: ClassVar[str] = "imagenet"
    metric: ClassVar[Metric] = Metric("accuracy", "max")
    mutable: ClassVar[tuple[str, ...]] = MUTABLE
    max_epochs: ClassVar[int] = 6
    size_options: ClassVar[tuple[str, ...]] = ("images_per_class", "image_size", "classes")
    options_model: ClassVar[type[ImagenetOptions]] = ImagenetOptions
    builds_optimizers: ClassVar[bool] = False
    several_ranks: ClassVar[bool] = True
    training_modules: ClassVar[tuple[str, ...]] = ("workloads.imagenet.building",)
    options: ImagenetOptions

    def __init__(self, options: ImagenetOptions | None = None) -> None:
        super().__init__(options)
        self._loaded: LoadedImages | None = None

    def space(self) -> ConfigurationSpace:
        """Return the eight-dimensional search space."""
        return width_space(self.options)

    def check_data(self, root: Path | None) -> None:
        """List the images, and look at how some thousand of them begin and end."""
        from workloads.imagenet.decoding import check_encoding
        from workloads.imagenet.loading import wanted_images

        collections = wanted_images(root, self.options)
        check_encoding(collections.train, CHECKED_IMAGES)
        check_encoding(collections.val, CHECKED_IMAGES)

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Split the images, and decode them if their pixels fit in memory."""
        from workloads.imagenet.loading import load_images

        self._loaded = load_images(root, self.options, split_seed, device)

    def build(self, config: Configuration, context: BuildContext) -> SupervisedTraining:
        """Build a training of the network that `config` describes.

        Raises
        ------
        RuntimeError
            If the data are not loaded.
        """
        from workloads.imagenet.building import build_training

        if self._loaded is None:
            raise RuntimeError("load_data must be called before build")
        return build_training(self.options, self._loaded, config, context)
