import pytest
import torch
from torchvision.models import resnet18, resnet34, resnet50, resnet101, resnet152

from workloads.imagenet.residual_network import ResidualNetwork

STANDARD = (64, 128, 256, 512)


def parameters(model):
    return sum(weight.numel() for weight in model.parameters())


@pytest.mark.parametrize(
    ("depth", "standard"),
    [(18, resnet18), (34, resnet34), (50, resnet50), (101, resnet101), (152, resnet152)],
)
def test_standard_widths_give_the_standard_network(depth, standard):
    with torch.device("meta"):
        expected = parameters(standard())
    with torch.device("meta"):
        assert parameters(ResidualNetwork(depth, 64, STANDARD, 1000)) == expected


@pytest.mark.parametrize("depth", [10, 18, 26, 34, 50])
def test_the_depth_is_the_number_of_layers_beside_the_shortcuts(depth):
    with torch.device("meta"):
        network = ResidualNetwork(depth, 64, STANDARD, 10)
    layers = [
        name
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear) and "downsample" not in name
    ]
    assert len(layers) == depth


@pytest.mark.parametrize("depth", [18, 26])
@pytest.mark.parametrize("channels", [(8, 8, 8, 8), (40, 8, 24, 16), (8, 16, 24, 40)])
@pytest.mark.parametrize("size", [32, 64, 75])
def test_any_widths_give_scores_and_gradients(depth, channels, size):
    network = ResidualNetwork(depth, 16, channels, 7)
    scores = network(torch.randn(2, 3, size, size))
    assert scores.shape == (2, 7)
    scores.sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_blocks_begin_as_their_shortcuts():
    network = ResidualNetwork(18, 8, (8, 8, 8, 8), 3).eval()
    features = network.stem(torch.randn(1, 3, 64, 64))
    assert torch.equal(network.stages[0](features), features)


def test_four_stages_are_needed():
    with pytest.raises(ValueError, match="4 stages, not 3"):
        ResidualNetwork(18, 8, (8, 8, 8), 3)
