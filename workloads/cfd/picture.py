"""A picture of a velocity plane, its reconstruction and the error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import RequestError
from workloads.cfd.training import AutoencoderTraining

_TITLES = ("u, streamwise", "v, wall-normal", "w, spanwise")
_COLUMNS = ("input", "reconstruction", "|error|")
# Brightness alone tells the values in both maps, so they survive a black-and-white
# print and every colour blindness.
_VELOCITY_MAP = "cividis"
_ERROR_MAP = "gray_r"


def reconstruction_figure(training: AutoencoderTraining, path: Path) -> None:
    """Draw one test plane: a row a component; input, reconstruction and absolute error.

    Input and reconstruction of a component share their scale; all errors share one.

    Parameters
    ----------
    training
        The trained model.
    path
        The image file; its suffix says the format.

    Raises
    ------
    RequestError
        If matplotlib is not installed.
    """
    figure_type, normalize = _matplotlib()
    shown = training.typical_reconstruction()
    planes = shown.plane.numpy(), shown.reconstruction.numpy()
    errors = np.abs(planes[1] - planes[0])
    figure = figure_type(figsize=(9.0, 8.0), layout="constrained")
    panels = figure.subplots(3, 3, sharex=True, sharey=True, squeeze=False)
    error_scale = normalize(0.0, float(errors.max()) or 1.0)
    for row, title in enumerate(_TITLES):
        velocity_scale = normalize(float(planes[0][row].min()), float(planes[0][row].max()))
        images = [
            _draw(panels[row, column], values[row], _VELOCITY_MAP, velocity_scale)
            for column, values in enumerate(planes)
        ]
        errors_image = _draw(panels[row, 2], errors[row], _ERROR_MAP, error_scale)
        panels[row, 0].set_ylabel(f"{title}\nz (cells)")
        figure.colorbar(images[0], ax=panels[row, :2], label="normalised velocity")
        figure.colorbar(errors_image, ax=panels[row, 2], label="normalised velocity")
    for column, title in enumerate(_COLUMNS):
        panels[0, column].set_title(title)
        panels[2, column].set_xlabel("x (cells)")
    figure.suptitle(f"A wall-parallel plane of the test set, mean squared error {shown.error:.2e}")
    figure.savefig(path, dpi=150)


def _draw(panel: Any, values: NDArray[np.float32], colours: str, scale: Any) -> Any:
    return panel.imshow(values, origin="lower", cmap=colours, norm=scale, interpolation="nearest")


def _matplotlib() -> tuple[Any, Any]:
    try:
        from matplotlib.colors import Normalize
        from matplotlib.figure import Figure
    except ImportError:
        raise RequestError(
            "The picture of a reconstruction needs matplotlib: pip install 'hpo-harness[cfd]'."
        ) from None
    return Figure, Normalize
