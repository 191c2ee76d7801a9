"""The CFD workload: reconstructing turbulent flow fields from a compressed form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ConfigSpace import (
    CategoricalHyperparameter,
    ConfigurationSpace,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from pydantic import ValidationError

from harness.errors import RequestError, describe_validation
from harness.workload import BuildContext, Configuration, Metric, Workload
from workloads.cfd.boundary_layer import BoundaryLayer
from workloads.cfd.options import CfdOptions
from workloads.cfd.snapshot_split import check_values, find_snapshots
from workloads.cfd.synthetic_files import write_boundary_layer

if TYPE_CHECKING:
    import torch

    from workloads.cfd.flow_data import FlowData
    from workloads.cfd.training import AutoencoderTraining


class CfdWorkload(Workload):
    """AI4HPC's convolutional autoencoder of wall-parallel velocity planes.

    Each wall-normal plane of a snapshot is an image of three channels: the velocity
    components, each scaled to [-1, 1] over its snapshot. The metric is the mean
    squared difference of planes and reconstructions in these units.

    The split is in time: the latest snapshots of each flow validate. There is
    nothing random in it, so `split_seed` does not change it.

    Without a data root the flow is a synthetic boundary layer.
    """

    name: ClassVar[str] = "cfd"
    metric: ClassVar[Metric] = Metric("mse", "min")
    mutable: ClassVar[tuple[str, ...]] = ("lr", "weight_decay")
    # The paper trains 12 epochs; 8 keep a search on one core within minutes.
    max_epochs: ClassVar[int] = 8
    default_trials: ClassVar[int] = 8
    size_options: ClassVar[tuple[str, ...]] = ("max_planes", "chunk_width")
    options_model: ClassVar[type[CfdOptions]] = CfdOptions
    builds_optimizers: ClassVar[bool] = False
    several_ranks: ClassVar[bool] = True
    training_modules: ClassVar[tuple[str, ...]] = ("workloads.cfd.building",)
    options: CfdOptions

    def __init__(self, options: CfdOptions | None = None) -> None:
        super().__init__(options)
        self._data: FlowData | None = None

    def space(self) -> ConfigurationSpace:
        """Return the five-dimensional search space.

        SGD refuses Nesterov's form of a momentum of 0. Such a configuration stays in
        the space, because not every engine can express a condition, and trains
        without momentum.
        """
        space = ConfigurationSpace()
        space.add(
            UniformFloatHyperparameter("lr", 1e-4, 1.0, log=True, default_value=0.03),
            self._weight_decay(),
            UniformFloatHyperparameter("momentum", 0.0, 0.99, default_value=0.9),
            CategoricalHyperparameter("nesterov", [False, True], default_value=True),
            UniformIntegerHyperparameter("warmup_epochs", 1, 5, default_value=1),
        )
        return space

    def check_data(self, root: Path | None) -> None:
        """Find the snapshots, check names and shapes, that they can be split, and few values."""
        split = find_snapshots(root, self.options)
        if root is not None:
            check_values(split, self.options)

    def data_warnings(self, root: Path | None) -> list[str]:
        """Say that the flow is synthetic where no data root is given."""
        if root is not None:
            return []
        return ["The flow is synthetic, a generated boundary layer; --data DIR gives a real one."]

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Read and normalise the snapshots; `split_seed` is not used."""
        from workloads.cfd.flow_data import load_images

        self._data = load_images(find_snapshots(root, self.options), self.options, device)

    def build(self, config: Configuration, context: BuildContext) -> AutoencoderTraining:
        """Build a training of the autoencoder.

        Raises
        ------
        RuntimeError
            If the data are not loaded.
        """
        from workloads.cfd.building import build_training

        if self._data is None:
            raise RuntimeError("load_data must be called before build")
        return build_training(self.options, self._data, config, context)

    def generate_data(self, out: Path, **options: Any) -> list[Path]:
        """Write a synthetic boundary layer into ``trainfolder/`` and ``testfolder/``.

        Parameters
        ----------
        out
            The directory; afterwards it is a data root.
        options
            ``snapshots``, ``shape`` (z, y, x), ``seed`` and ``friction_reynolds``.
        """
        try:
            layer = BoundaryLayer.model_validate(options)
        except ValidationError as error:
            raise RequestError(
                f"Workload 'cfd': {describe_validation(error)} "
                f"Options: {', '.join(BoundaryLayer.model_fields)}."
            ) from None
        return write_boundary_layer(layer, out)

    def _weight_decay(self) -> UniformFloatHyperparameter:
        if self.options.weight_decay == "uniform":
            return UniformFloatHyperparameter("weight_decay", 0.0, 0.1, default_value=1e-5)
        return UniformFloatHyperparameter("weight_decay", 1e-6, 1e-2, log=True, default_value=1e-5)
