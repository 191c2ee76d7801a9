import pytest
import torch
from torch.nn import functional

from workloads.cfd.autoencoder import PlaneAutoencoder, final_padding, mean_squared_errors


def test_the_autoencoder_has_the_65856_parameters_of_ai4hpc():
    assert sum(weight.numel() for weight in PlaneAutoencoder().parameters()) == 65_856


def test_the_latent_map_is_a_third_of_the_plane():
    planes = torch.randn(1, 3, 48, 64)
    assert PlaneAutoencoder().encode(planes).shape == (1, 16, 12, 16)
    assert planes.numel() == 16 * 12 * 16 * 3


@pytest.mark.parametrize("height", range(1, 14))
@pytest.mark.parametrize("width", [1, 8, 13, 14, 15])
def test_a_reconstruction_has_the_size_of_its_plane(height, width):
    planes = torch.randn(2, 3, height, width)
    assert PlaneAutoencoder().eval()(planes).shape == planes.shape


def test_the_papers_plane_is_reconstructed_at_its_size():
    with torch.inference_mode():
        assert PlaneAutoencoder().eval()(torch.randn(1, 3, 250, 192)).shape == (1, 3, 250, 192)


@pytest.mark.parametrize("height", [250, 450, 750])
def test_ai4hpcs_own_heights_are_not_padded(height):
    assert final_padding(height) == (0, 0)


@pytest.mark.parametrize("size", [48, 64, 192])
def test_multiples_of_four_are_padded_by_one_cell_on_each_side(size):
    assert final_padding(size) == (1, 1)


def test_decoding_upsamples_with_aligned_corners():
    autoencoder = PlaneAutoencoder()
    upsampled = autoencoder.decoder[2](torch.arange(4.0).reshape(1, 1, 2, 2))
    expected = functional.interpolate(
        torch.arange(4.0).reshape(1, 1, 2, 2), scale_factor=2, mode="bilinear", align_corners=True
    )
    torch.testing.assert_close(upsampled, expected)


def test_errors_are_the_mean_over_components_and_cells_of_each_plane():
    planes = torch.zeros(2, 3, 4, 5)
    shifted = planes.clone()
    shifted[1] += 2.0
    assert mean_squared_errors(shifted, planes).tolist() == [0.0, 4.0]
