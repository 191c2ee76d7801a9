"""Random divergence-free velocity fluctuations with a decaying spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONVECTION_VELOCITY = 0.8
"""How fast eddies drift downstream, in free-stream velocities."""

EVOLUTION_RATE = 0.1
"""How fast eddies change on their way: the spread of the waves' own phase velocities."""

_WALL_NORMAL_MODES = 12
_ELONGATION = 2.0
_ENERGETIC_WAVENUMBER = 4.0
# Amplitude of a vector potential whose velocity has the energy spectrum k^(-5/3) in
# three dimensions: k^(-11/6) for the velocity of a mode, one power more for the potential.
_SLOPE = 17.0 / 6.0


class Fluctuations:
    """Velocity fluctuations as the curl of a random vector potential.

    The potential is a sum of waves that is periodic in x and z, times a profile in
    y. Derivatives are taken of the waves, not of values on a grid, so the field is
    divergence-free wherever it is evaluated.

    Parameters
    ----------
    shape
        Cells in (z, y, x).
    lengths
        Size of the box in (z, y, x).
    profile
        Strength of the potential at each y, and its slope.
    y
        The wall-normal coordinates.
    generator
        Draws amplitudes, phases and frequencies.

    Notes
    -----
    Random Fourier modes as in Kraichnan, *Phys. Fluids* 13, 1970, with a potential
    instead of projected velocities.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        lengths: tuple[float, float, float],
        profile: tuple[Floats, Floats],
        y: Floats,
        generator: np.random.Generator,
    ) -> None:
        self._shape = shape
        self._profile, self._slope = (values[:, None] for values in profile)
        z, _, x = shape
        self._kz = 2 * np.pi * np.fft.fftfreq(z, lengths[0] / z)[:, None, None]
        self._kx = 2 * np.pi * np.fft.rfftfreq(x, lengths[2] / x)[None, None, :]
        modes = np.arange(-_WALL_NORMAL_MODES, _WALL_NORMAL_MODES + 1, dtype=np.float64)
        ky = 2 * np.pi * modes / lengths[1]
        self._waves = np.exp(1j * y[:, None] * ky)
        self._wave_slopes = 1j * ky * self._waves
        self._draw(ky[None, :, None], generator)

    def at(self, time: float) -> Floats:
        """Return u, v and w at a time, [3, z, y, x], in arbitrary units."""
        potential, slope = self._potential(time)
        ax, ay, az = potential
        ax_y, _, az_y = slope
        kx, kz = 1j * self._kx, 1j * self._kz
        spectrum = np.stack([az_y - kz * ay, kz * ax - kx * az, kx * ay - ax_y])
        z, _, x = self._shape
        cells: Floats = np.fft.irfft2(spectrum, s=(z, x), axes=(1, 3))
        return cells

    def peak_rms(self) -> float:
        """Return the largest r.m.s., over the wall-normal planes, of u at time 0."""
        u = self.at(0.0)[0]
        return float(np.sqrt(np.square(u).mean(axis=(0, 2))).max())

    def _draw(self, ky: Floats, generator: np.random.Generator) -> None:
        wavenumber = np.sqrt((_ELONGATION * self._kx) ** 2 + ky**2 + self._kz**2)
        amplitude = (wavenumber**2 + _ENERGETIC_WAVENUMBER**2) ** (-_SLOPE / 2)
        # The highest third of the waves would alias on a grid as coarse as this.
        for wave in (self._kx, self._kz):
            amplitude = np.where(np.abs(wave) <= 2 / 3 * np.abs(wave).max(), amplitude, 0.0)
        real, imaginary = generator.standard_normal((2, 3, *amplitude.shape))
        self._coefficients = amplitude * (real + 1j * imaginary)
        wander = EVOLUTION_RATE * generator.standard_normal(amplitude.shape)
        self._frequencies = CONVECTION_VELOCITY * self._kx + wander * wavenumber

    def _potential(self, time: float) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        coefficients = self._coefficients * np.exp(-1j * self._frequencies * time)
        values = np.einsum("czmx,ym->czyx", coefficients, self._waves)
        slopes = np.einsum("czmx,ym->czyx", coefficients, self._wave_slopes)
        return self._profile * values, self._slope * values + self._profile * slopes
