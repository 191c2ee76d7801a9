import numpy as np
import pytest
from pydantic import ValidationError

from workloads.cfd.boundary_layer import (
    DEPTH,
    LENGTH,
    WIDTH,
    BoundaryLayer,
    axes,
    free_stream,
    generate,
    intensity_profile,
    mean_profile,
)
from workloads.cfd.fluctuations import Fluctuations

REYNOLDS = 1000.0


def viscous(heights, reynolds=REYNOLDS):
    """Mean velocity in friction velocities at heights in viscous lengths."""
    return mean_profile(np.asarray(heights) / reynolds, reynolds) * free_stream(reynolds)


@pytest.fixture(scope="module")
def flow():
    return generate(BoundaryLayer())


def component(flow, name):
    return np.stack([snapshot.fields[name] for snapshot in flow]).astype(float)


def test_the_mean_grows_linearly_in_the_viscous_sublayer():
    assert viscous([1.0, 3.0]) == pytest.approx([1.0, 3.0], rel=0.02)


def test_the_mean_follows_the_logarithmic_law_above_it():
    heights = np.array([60.0, 100.0])
    assert viscous(heights) == pytest.approx(np.log(heights) / 0.41 + 5.0, rel=0.03)


def test_the_mean_is_constant_in_the_free_stream():
    assert mean_profile(np.array([1.0, 1.2]), REYNOLDS) == pytest.approx([1.0, 1.0])


def test_the_mean_of_the_field_is_the_mean_profile(flow):
    layer = BoundaryLayer()
    found = component(flow, "u").mean(axis=(0, 1, 3))
    assert found == pytest.approx(mean_profile(axes(layer).y, layer.friction_reynolds), abs=0.02)


def test_all_velocities_vanish_at_the_wall(flow):
    for name in "uvw":
        assert np.abs(component(flow, name)[:, :, 0]).max() < 1e-6


def test_fluctuations_fade_towards_the_free_stream(flow):
    u = component(flow, "u")
    intensity = (u - u.mean(axis=(0, 1, 3), keepdims=True)).std(axis=(0, 1, 3))
    assert intensity[-1] < 0.02 * intensity.max()
    assert axes(BoundaryLayer()).y[intensity.argmax()] < 0.5


def test_streamwise_fluctuations_are_as_strong_as_in_boundary_layers(flow):
    u = flow[0].fields["u"].astype(float)
    peak = (u - u.mean(axis=(0, 2), keepdims=True)).std(axis=(0, 2)).max()
    assert peak * free_stream(BoundaryLayer().friction_reynolds) == pytest.approx(2.7, rel=0.05)


def test_energy_decays_about_as_in_the_inertial_range(flow):
    u = component(flow, "u")[:, :, 12]
    energy = np.square(np.abs(np.fft.rfft(u, axis=2))).mean(axis=(0, 1))
    steepness = np.log(energy[3] / energy[12]) / np.log(12 / 3)
    assert steepness == pytest.approx(5 / 3, abs=0.4)


def test_neighbours_in_time_resemble_each_other_more_than_distant_ones(flow):
    v = component(flow, "v")[:, :, 5:25]
    correlation = [np.corrcoef(v[0].ravel(), later.ravel())[0, 1] for later in v]
    assert correlation[1] > 0.3
    assert correlation[1] > abs(correlation[6])


def test_eddies_drift_downstream(flow):
    # The drift in half a time unit is 0.4 of a boundary-layer thickness: three cells.
    v = component(flow, "v")[:, :, 5:25]
    shifts = [
        np.corrcoef(np.roll(v[0], cells, axis=2).ravel(), v[1].ravel())[0, 1]
        for cells in range(-6, 7)
    ]
    assert np.argmax(shifts) - 6 == 3


def test_fluctuations_are_free_of_divergence():
    y = np.linspace(0.0, DEPTH, 400)
    profile = intensity_profile(y, 200.0)
    field = Fluctuations(
        (24, len(y), 24), (WIDTH, DEPTH, LENGTH), profile, y, np.random.default_rng(1)
    ).at(0.3)

    def derivative(values, axis, length):
        wavenumbers = 2 * np.pi * np.fft.fftfreq(24, length / 24)
        shape = [1, 1, 1]
        shape[axis] = 24
        spectrum = 1j * wavenumbers.reshape(shape) * np.fft.fft(values, axis=axis)
        return np.fft.ifft(spectrum, axis=axis).real

    across = np.gradient(field[1], y, axis=1)
    divergence = derivative(field[0], 2, LENGTH) + across + derivative(field[2], 0, WIDTH)
    assert divergence.std() < 0.01 * across.std()


def test_a_seed_determines_the_field():
    small = {"snapshots": 3, "shape": (8, 6, 10)}
    first, again, other = (
        generate(BoundaryLayer(**small, seed=seed))[2].fields["v"] for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("shape", [(4, 4, 4), (7, 9, 11), (12, 5, 30)])
def test_any_shape_is_generated(shape):
    layer = BoundaryLayer(snapshots=3, shape=shape)
    assert all(snapshot.shape == shape for snapshot in generate(layer))
    assert all(np.isfinite(field).all() for field in generate(layer)[1].fields.values())


@pytest.mark.parametrize("wrong", [{"snapshots": 2}, {"shape": (3, 9, 9)}, {"seed": -1}, {"x": 1}])
def test_settings_that_make_no_flow_are_refused(wrong):
    with pytest.raises(ValidationError):
        BoundaryLayer(**wrong)
