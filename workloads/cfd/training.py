"""The training of an autoencoder, which can also draw what it reconstructs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.training.supervised import SupervisedTraining
from workloads.cfd.autoencoder import mean_squared_errors


@dataclass(frozen=True)
class Reconstruction:
    """A plane and what the autoencoder makes of it, in normalised velocities.

    Attributes
    ----------
    plane, reconstruction
        float32 [3, z, x], on the CPU.
    error
        The mean squared error.
    """

    plane: Tensor
    reconstruction: Tensor
    error: float


class AutoencoderTraining(SupervisedTraining):
    """Trains an autoencoder of velocity planes."""

    def reconstruct(self, planes: Tensor) -> Tensor:
        """Return reconstructions, float32 [B, 3, z, x], of planes on this training's device."""
        self._model.eval()
        with torch.inference_mode(), self._context.precision.autocast():
            reconstructions: Tensor = self._model(planes)
        return reconstructions.float()

    def typical_reconstruction(self) -> Reconstruction:
        """Return the plane of median error among the first batch of test planes."""
        planes, _ = next(iter(self._task.test))
        reconstructions = self.reconstruct(planes)
        errors = mean_squared_errors(reconstructions, planes)
        middle = int(errors.argsort()[len(errors) // 2])
        return Reconstruction(
            planes[middle].cpu(), reconstructions[middle].cpu(), float(errors[middle])
        )

    def picture(self, path: Path) -> bool:
        """Draw input, reconstruction and error of a test plane, if matplotlib is installed."""
        if importlib.util.find_spec("matplotlib") is None:
            return False
        from workloads.cfd.picture import reconstruction_figure

        reconstruction_figure(self, path)
        return True
