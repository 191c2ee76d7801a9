"""A synthetic turbulent boundary layer, for where there is no data.

It is no solution of the Navier-Stokes equations. It has what matters to an
autoencoder of velocity planes: a mean profile by the law of the wall, and
divergence-free fluctuations on many scales that fade towards the wall and the
free stream and drift downstream from one snapshot to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from workloads.cfd.fluctuations import Fluctuations
from workloads.cfd.snapshot import ArraySnapshot

Floats = NDArray[np.float64]
Cells = Annotated[int, Field(ge=4, le=100_000)]

KARMAN = 0.41
"""The constant of the logarithmic law."""

LOG_LAW_INTERCEPT = 5.0
"""The additive constant of the logarithmic law."""

WAKE_STRENGTH = 0.45
"""Coles' wake parameter of a boundary layer without pressure gradient."""

DEPTH = 1.3
"""Height of the box in boundary-layer thicknesses."""

LENGTH = 2 * np.pi
"""Streamwise period in boundary-layer thicknesses."""

WIDTH = np.pi
"""Spanwise period in boundary-layer thicknesses."""

TIME_STEP = 0.5
"""Time between snapshots, in boundary-layer thicknesses over free-stream velocity."""

PEAK_INTENSITY = 2.7
"""Largest r.m.s. of the streamwise fluctuations, in friction velocities."""

_WALL_CLUSTERING = 2.0


class BoundaryLayer(BaseModel):
    """What determines a synthetic flow field.

    Attributes
    ----------
    snapshots
        How many there are, one after another in time.
    shape
        Cells in (z, y, x): spanwise, wall-normal, streamwise.
    seed
        Determines the fluctuations.
    friction_reynolds
        Boundary-layer thickness in viscous lengths.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    snapshots: int = Field(8, ge=3, le=100_000)
    shape: tuple[Cells, Cells, Cells] = (48, 33, 48)
    seed: int = Field(0, ge=0)
    friction_reynolds: float = Field(360.0, ge=100.0, le=10_000.0)


@dataclass(frozen=True)
class Axes:
    """The coordinates of the cells, in boundary-layer thicknesses.

    Attributes
    ----------
    x, z
        Uniform and periodic.
    y
        From the wall, denser there.
    """

    x: Floats
    y: Floats
    z: Floats


def axes(layer: BoundaryLayer) -> Axes:
    """Return the coordinates of a flow field."""
    z, y, x = layer.shape
    height = np.linspace(0.0, 1.0, y)
    clustered = 1.0 - np.tanh(_WALL_CLUSTERING * (1.0 - height)) / np.tanh(_WALL_CLUSTERING)
    return Axes(
        x=np.arange(x) * LENGTH / x,
        y=DEPTH * clustered,
        z=np.arange(z) * WIDTH / z,
    )


def mean_profile(y: Floats, friction_reynolds: float) -> Floats:
    """Return the mean streamwise velocity over the free-stream velocity.

    Parameters
    ----------
    y
        Distances from the wall in boundary-layer thicknesses.
    friction_reynolds
        Boundary-layer thickness in viscous lengths.

    Notes
    -----
    Spalding's law of the wall (*J. Appl. Mech.* 28, 1961), which joins viscous
    sublayer and logarithmic law in one formula, plus Coles' law of the wake
    (*J. Fluid Mech.* 1, 1956); constant beyond the boundary layer's edge.
    """
    inside = np.minimum(y, 1.0)
    return _inner_velocity(inside, friction_reynolds) / free_stream(friction_reynolds)


def free_stream(friction_reynolds: float) -> float:
    """Return the free-stream velocity in friction velocities."""
    return float(_inner_velocity(np.ones(1), friction_reynolds)[0])


def generate(layer: BoundaryLayer) -> list[ArraySnapshot]:
    """Return the snapshots of a synthetic boundary layer, in time order.

    Velocities are in units of the free stream. The same settings give bitwise
    the same fields on one machine.
    """
    points = axes(layer)
    mean = mean_profile(points.y, layer.friction_reynolds)
    fluctuations = Fluctuations(
        layer.shape,
        (WIDTH, DEPTH, LENGTH),
        intensity_profile(points.y, layer.friction_reynolds),
        points.y,
        np.random.default_rng(layer.seed),
    )
    scale = PEAK_INTENSITY / free_stream(layer.friction_reynolds) / fluctuations.peak_rms()
    snapshots = []
    for number in range(layer.snapshots):
        time = number * TIME_STEP
        velocity = scale * fluctuations.at(time)
        velocity[0] += mean[:, None]
        u, v, w = velocity.astype(np.float32)
        name = f"synthetic snapshot {number}"
        snapshots.append(ArraySnapshot(name, "synthetic", time, {"u": u, "v": v, "w": w}))
    return snapshots


def intensity_profile(y: Floats, friction_reynolds: float) -> tuple[Floats, Floats]:
    """Return how strong the fluctuations' vector potential is, and its slope in y.

    Van Driest's damping towards the wall, squared so that all three components
    vanish there, and a smooth end at the edge of the boundary layer.

    Parameters
    ----------
    y
        Distances from the wall in boundary-layer thicknesses.
    friction_reynolds
        Boundary-layer thickness in viscous lengths.
    """
    rate = friction_reynolds / 26.0
    decay = np.exp(-rate * y)
    damping, damping_slope = (1 - decay) ** 2, 2 * rate * decay * (1 - decay)
    edge = np.tanh((y - 0.9) / 0.15)
    ending, ending_slope = 0.5 * (1 - edge), -0.5 * (1 - edge**2) / 0.15
    return damping * ending, damping_slope * ending + damping * ending_slope


def _inner_velocity(y: Floats, friction_reynolds: float) -> Floats:
    table = np.linspace(0.0, 40.0, 4001)
    product = KARMAN * table
    series = 1 + product + product**2 / 2 + product**3 / 6
    heights = table + np.exp(-KARMAN * LOG_LAW_INTERCEPT) * (np.exp(product) - series)
    wall: Floats = np.interp(y * friction_reynolds, heights, table)
    wake: Floats = 2 * WAKE_STRENGTH / KARMAN * np.sin(np.pi / 2 * y) ** 2
    return wall + wake
