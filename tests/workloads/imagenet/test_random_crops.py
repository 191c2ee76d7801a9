import math

import pytest
import torch
from torchvision.transforms.v2 import RandomResizedCrop
from torchvision.transforms.v2.functional import resized_crop

from workloads.imagenet.random_crops import CropBoxes, RandomCrops, mirror_first_half

CROPS = RandomCrops(area=(0.1, 1.0), aspect=(0.8, 1.25))
SIDE = 1000


def boxes(aspects, crops=CROPS, seed=0, side=SIDE):
    generator = torch.Generator().manual_seed(seed)
    return crops.boxes(crops.draw(len(aspects), generator), aspects, side)


def smooth_squares(number, side=73):
    coarse = torch.rand(number, 3, 6, 6, generator=torch.Generator().manual_seed(1)) * 255
    smooth = torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear")
    return smooth.to(torch.uint8).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("aspect", [0.5, 1.0, 1.5])
def test_crops_have_the_asked_areas_and_shapes_in_the_original_image(aspect):
    drawn = boxes(torch.full((2000,), aspect))
    width, height = drawn.lengths / SIDE
    assert ((width * height > 0.098) & (width * height <= 1.0)).all()
    shapes = width * aspect / height
    assert ((shapes > 0.795) & (shapes < 1.26)).all()


def test_crops_lie_in_the_image():
    drawn = boxes(torch.full((2000,), 1.3), side=37)
    assert (drawn.starts >= 0).all()
    assert (drawn.starts + drawn.lengths <= 37).all()
    assert (drawn.lengths >= 1).all()


@pytest.mark.parametrize("aspect", [1.0, 1.5])
def test_crops_are_distributed_as_those_of_torchvision(aspect):
    height, width = 400, round(400 * aspect)
    image = torch.empty(3, height, width)
    reference = RandomResizedCrop(8, scale=CROPS.area, ratio=CROPS.aspect)
    torch.manual_seed(0)
    theirs = [reference.make_params([image]) for _ in range(3000)]
    ours = boxes(torch.full((3000,), aspect), side=400)
    expected = torch.tensor([[box["width"] / aspect, box["height"]] for box in theirs]).T
    quantiles = torch.tensor([0.1, 0.5, 0.9])
    torch.testing.assert_close(
        torch.quantile(ours.lengths.float(), quantiles, dim=1),
        torch.quantile(expected, quantiles, dim=1),
        rtol=0.0,
        atol=12.0,
    )


def test_where_no_attempt_fits_the_crop_is_the_largest_around_the_centre():
    drawn = boxes(torch.tensor([10.0]), RandomCrops(area=(1.0, 1.0), aspect=(0.8, 1.25)))
    assert drawn.lengths[:, 0].tolist() == [125, 1000]
    assert drawn.starts[:, 0].tolist() == [438, 0]


def test_crops_follow_from_the_generator():
    aspects = torch.ones(5)
    assert torch.equal(boxes(aspects).starts, boxes(aspects).starts)
    assert not torch.equal(boxes(aspects).starts, boxes(aspects, seed=1).starts)


def test_four_images_in_a_row_share_a_size_and_not_a_place():
    drawn = boxes(torch.ones(10))
    sizes = drawn.lengths.T.unique_consecutive(dim=0)
    assert len(sizes) == 3
    assert len(drawn.starts.T.unique(dim=0)) == 10


def test_images_of_other_shapes_in_a_row_have_their_own_sizes():
    assert len(boxes(torch.tensor([0.7, 1.0, 1.4, 2.0])).lengths.T.unique(dim=0)) == 4


def test_the_boxes_of_a_part_are_a_part_of_the_boxes():
    draws = CROPS.draw(10, torch.Generator().manual_seed(0))
    aspects = torch.linspace(0.5, 2, 10)
    chosen = slice(3, 7)
    part = CROPS.boxes(draws[:, chosen], aspects[chosen], SIDE)
    selected = CROPS.boxes(draws, aspects, SIDE).select(chosen)
    assert torch.equal(part.starts, selected.starts)
    assert torch.equal(part.lengths, selected.lengths)


def test_a_crop_equals_that_of_torchvision():
    images = smooth_squares(4)
    drawn = boxes(torch.tensor([1.0, 1.0, 1.2, 0.8]), side=73)
    for index, cropped in enumerate(drawn.apply(images, 64)):
        (left, top), (width, height) = drawn.starts[:, index], drawn.lengths[:, index]
        expected = resized_crop(images[index], top, left, height, width, [64, 64], antialias=True)
        assert torch.equal(cropped, expected)


def test_crops_resampled_together_are_those_resized_by_size():
    images = smooth_squares(8)
    drawn = boxes(torch.ones(8), side=73)
    together = drawn.resample_together(images, 64)
    by_size = drawn.resize_by_size(images, 64)
    assert together.shape == by_size.shape
    difference = (together - by_size).abs()
    assert difference.max() < 4.0
    assert difference.mean() < 0.5


def test_a_batch_in_any_memory_layout_is_cropped_alike():
    images = smooth_squares(6)
    drawn = CropBoxes(torch.full((2, 3), 5), torch.full((2, 3), 40))
    expected = drawn.apply(images[3:].contiguous(), 32)
    assert torch.equal(drawn.apply(images[3:], 32), expected)


@pytest.mark.parametrize("number", [1, 2, 5])
def test_the_first_half_is_mirrored(number):
    images = smooth_squares(number)
    mirrored = mirror_first_half(images)
    half = math.floor(number / 2)
    assert torch.equal(mirrored[:half], images[:half].flip(3))
    assert torch.equal(mirrored[half:], images[half:])
