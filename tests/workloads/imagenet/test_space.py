import pytest

from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.space import MUTABLE, stage_channels, stem_channels, width_space

WIDTHS = ["stem_width", "stage1_width", "stage2_width", "stage3_width", "stage4_width"]


def default():
    return dict(width_space(ImagenetOptions()).get_default_configuration())


def test_the_space_has_eight_dimensions():
    assert sorted(width_space(ImagenetOptions())) == sorted(
        [*WIDTHS, "lr", "weight_decay", "warmup_epochs"]
    )


def test_the_default_is_the_standard_network():
    assert stem_channels(default(), 1.0) == 64
    assert stage_channels(default(), 1.0) == (64, 128, 256, 512)


def test_each_width_changes_its_own_channels():
    config = default() | {"stem_width": 0.5, "stage1_width": 0.75, "stage4_width": 1.25}
    assert stem_channels(config, 1.0) == 32
    assert stage_channels(config, 1.0) == (48, 128, 256, 640)


@pytest.mark.parametrize("width", [0.01, 0.25, 0.3, 0.5])
def test_scaled_channels_are_multiples_of_eight(width):
    channels = (stem_channels(default(), width), *stage_channels(default(), width))
    assert all(number >= 8 and number % 8 == 0 for number in channels)


@pytest.mark.parametrize(("option", "upper"), [("log", 1e-2), ("uniform", 0.1)])
def test_the_weight_decay_has_two_ranges(option, upper):
    weight_decay = width_space(ImagenetOptions(weight_decay=option))["weight_decay"]
    assert weight_decay.upper == upper
    assert weight_decay.log == (option == "log")


def test_what_may_change_in_training_is_in_the_space():
    assert set(MUTABLE) <= set(width_space(ImagenetOptions()))
