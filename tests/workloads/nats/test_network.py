import pytest
import torch
from torch.nn import functional

from workloads.nats.network import Cell, ResidualBlock, SizeSpaceNetwork


@pytest.mark.parametrize(("width", "expected"), [(8, 11_714), (32, 179_690), (64, 713_674)])
def test_parameter_counts_are_those_of_nats_bench(width, expected):
    network = SizeSpaceNetwork([width] * 5, classes=10)
    assert sum(weight.numel() for weight in network.parameters()) == expected


def test_mixed_widths_classify():
    network = SizeSpaceNetwork([8, 24, 16, 40, 8], classes=7)
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 7)


def test_the_papers_odd_image_size_trains():
    network = SizeSpaceNetwork([8] * 5, classes=10)
    images = torch.randn(1, 3, 225, 255).to(memory_format=torch.channels_last)
    network(images).sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


@pytest.mark.parametrize(("size", "expected"), [((8, 8), (4, 4)), ((7, 9), (4, 5))])
def test_a_residual_block_halves_the_resolution_and_rounds_up(size, expected):
    assert ResidualBlock(4, 6)(torch.randn(2, 4, *size)).shape == (2, 6, *expected)


@pytest.mark.parametrize("out_channels", [4, 6])
def test_a_cell_sums_the_edges_of_the_nats_bench_topology(out_channels):
    cell = Cell(4, out_channels)
    inputs = torch.randn(2, 4, 8, 8)

    def edge(convolution_norm, node):
        return convolution_norm(functional.relu(node))

    node_1 = edge(cell.edge_0_1, inputs)
    node_2 = edge(cell.edge_0_2, inputs) + edge(cell.edge_1_2, node_1)
    node_3 = cell.edge_0_3(inputs) + edge(cell.edge_1_3, node_1) + edge(cell.edge_2_3, node_2)
    torch.testing.assert_close(cell(inputs), node_3)


def test_the_skip_edge_is_an_identity_only_between_equal_widths():
    inputs = torch.randn(2, 4, 8, 8)
    assert Cell(4, 4).edge_0_3(inputs) is inputs
    assert Cell(4, 6).edge_0_3(inputs).shape == (2, 6, 8, 8)


def test_a_wrong_number_of_channel_numbers_is_refused():
    with pytest.raises(ValueError, match="5 channel numbers, not 4"):
        SizeSpaceNetwork([8] * 4, classes=10)
