"""Image classification with the size-space network: all but the images."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.workload import BuildContext, Configuration, Metric, Workload
from workloads.nats.options import ImageOptions
from workloads.nats.space import MUTABLE, size_space

if TYPE_CHECKING:
    import torch
    from ConfigSpace import ConfigurationSpace

    from harness.training.normalisation import Normalisation
    from harness.training.supervised import SupervisedTraining
    from workloads.nats.images import ImageSets, LoadedImages


class SizeSpaceWorkload(Workload):
    """Base of the workloads that train the size-space network on images.

    Attributes
    ----------
    classes
        The number of classes.
    flip
        Whether mirrored images keep their class.
    normalisation
        What batches are normalised with.
    """

    metric: ClassVar[Metric] = Metric("accuracy", "max")
    mutable: ClassVar[tuple[str, ...]] = MUTABLE
    size_options: ClassVar[tuple[str, ...]] = ("images", "image_size", "channels")
    options_model: ClassVar[type[ImageOptions]] = ImageOptions
    options: ImageOptions
    builds_optimizers: ClassVar[bool] = False
    several_ranks: ClassVar[bool] = True
    classes: ClassVar[int] = 10
    training_modules: ClassVar[tuple[str, ...]] = ("workloads.nats.building",)
    flip: ClassVar[bool]
    normalisation: ClassVar[Normalisation]

    def __init__(self, options: ImageOptions | None = None) -> None:
        super().__init__(options)
        self._loaded: LoadedImages | None = None

    @abstractmethod
    def read_images(self, root: Path | None) -> ImageSets:
        """Read as many images as the options ask for.

        Raises
        ------
        DataError
            If data are missing, damaged or of the wrong shape.
        """

    def space(self) -> ConfigurationSpace:
        """Return the eight-dimensional search space."""
        return size_space(self.options)

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Read the images, split them and put all of them on the device."""
        from workloads.nats.images import split_images

        self._loaded = split_images(self.read_images(root), split_seed, device)

    def build(self, config: Configuration, context: BuildContext) -> SupervisedTraining:
        """Build a training of the network that `config` describes.

        Raises
        ------
        RuntimeError
            If the data are not loaded.
        """
        from workloads.nats.building import build_training

        if self._loaded is None:
            raise RuntimeError("load_data must be called before build")
        return build_training(self, self._loaded, config, context)
