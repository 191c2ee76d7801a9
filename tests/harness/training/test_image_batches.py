import pytest
import torch
from torch.nn import functional
from torchvision.transforms.v2 import functional as transforms

from harness.training.image_batches import (
    Augmentation,
    ImageBatches,
    LabelledImages,
    split_by_class,
)
from harness.training.normalisation import Normalisation

IDENTITY = Normalisation(mean=(0.0,) * 3, std=(1 / 255,) * 3)
"""Leaves grey levels as they are."""


def random_images(number=40, height=8, width=6, classes=10):
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(
        1, 256, (number, 3, height, width), dtype=torch.uint8, generator=generator
    )
    data = LabelledImages(pixels, torch.arange(number) % classes)
    return data.to(torch.device("cpu"))


def numbered(data):
    """The same images, each labelled with its own number."""
    return LabelledImages(data.images, torch.arange(len(data)))


def all_batches(batches):
    images, labels = zip(*batches, strict=True)
    return torch.cat(images), torch.cat(labels)


def shuffled(data, seed=0, augmentation=None, batch_size=16):
    generator = torch.Generator().manual_seed(seed)
    height, width = data.images.shape[-2:]
    return ImageBatches(data, batch_size, (height, width), IDENTITY, generator, augmentation)


def test_images_must_be_bytes_with_one_label_each():
    with pytest.raises(ValueError, match="uint8"):
        LabelledImages(torch.zeros(2, 3, 4, 4), torch.zeros(2))
    with pytest.raises(ValueError, match="labels"):
        LabelledImages(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(3))


def test_split_is_80_to_20_without_overlap_and_nothing_lost():
    train, validation = split_by_class(numbered(random_images(50)), seed=1)
    assert (len(train), len(validation)) == (40, 10)
    assert sorted([*train.labels.tolist(), *validation.labels.tolist()]) == list(range(50))


def test_split_keeps_the_class_balance():
    train, validation = split_by_class(random_images(100), seed=3)
    assert train.labels.bincount().tolist() == [8] * 10
    assert validation.labels.bincount().tolist() == [2] * 10


def test_split_follows_from_the_seed():
    data = random_images(100)
    first, again, other = (split_by_class(data, seed)[1].images for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_without_a_generator_batches_come_in_order():
    data = numbered(random_images(10))
    batches = ImageBatches(data, 4, (8, 6), IDENTITY)
    sizes = [len(labels) for _, labels in batches]
    images, labels = all_batches(batches)
    assert len(batches) == 3 and sizes == [4, 4, 2]
    assert labels.tolist() == list(range(10))
    torch.testing.assert_close(images, data.images.float())


def test_an_epoch_holds_every_image_once_in_another_order_each_time():
    batches = shuffled(numbered(random_images()))
    first, second = all_batches(batches)[1].tolist(), all_batches(batches)[1].tolist()
    assert sorted(first) == sorted(second) == list(range(40))
    assert first != second


def test_order_and_augmentation_follow_from_the_generator():
    data, augmentation = random_images(), Augmentation(padding=2, flip=True)
    first, again, other = (all_batches(shuffled(data, seed, augmentation))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_images_and_labels_stay_together():
    data = numbered(random_images())
    images, labels = all_batches(shuffled(data))
    torch.testing.assert_close(images, data.images[labels].float())


def test_normalisation_is_torchvisions():
    data = random_images()
    normalisation = Normalisation(mean=(0.49, 0.48, 0.44), std=(0.25, 0.24, 0.26))
    images, _ = all_batches(ImageBatches(data, 16, (8, 6), normalisation))
    scaled = transforms.to_dtype(data.images, torch.float32, scale=True)
    expected = transforms.normalize(scaled, list(normalisation.mean), list(normalisation.std))
    torch.testing.assert_close(images, expected)


def test_resizing_is_bilinear_and_may_be_odd():
    data = random_images()
    images, _ = all_batches(ImageBatches(data, 16, (15, 9), IDENTITY))
    expected = functional.interpolate(data.images.float(), (15, 9), mode="bilinear")
    torch.testing.assert_close(images, expected)


@pytest.mark.parametrize("augmentation", [None, Augmentation(padding=2, flip=True)])
def test_batches_are_float32_in_channels_last_layout(augmentation):
    for images, _ in shuffled(random_images(), augmentation=augmentation):
        assert images.dtype == torch.float32
        assert images.is_contiguous(memory_format=torch.channels_last)


def test_a_crop_is_a_window_of_the_image_in_a_black_frame():
    data = numbered(random_images())
    padding = 2
    images, labels = all_batches(shuffled(data, augmentation=Augmentation(padding, flip=False)))
    offsets = set()
    for image, original in zip(images, data.images[labels], strict=True):
        padded = functional.pad(original, [padding] * 4).float()
        windows = {
            (top, left): padded[:, top : top + 8, left : left + 6]
            for top in range(2 * padding + 1)
            for left in range(2 * padding + 1)
        }
        matches = [place for place, window in windows.items() if torch.allclose(window, image)]
        assert len(matches) == 1
        offsets.add(matches[0])
    assert {top for top, _ in offsets} == {left for _, left in offsets} == set(range(5))


def test_about_half_of_the_images_are_flipped():
    data = numbered(random_images(400))
    images, labels = all_batches(shuffled(data, augmentation=Augmentation(0, flip=True)))
    originals = data.images[labels].float()
    flipped = [
        torch.allclose(image, original.flip(-1))
        for image, original in zip(images, originals, strict=True)
    ]
    unflipped = ~torch.tensor(flipped)
    torch.testing.assert_close(images[unflipped], originals[unflipped])
    assert 160 <= sum(flipped) <= 240


def test_augmentation_without_a_generator_is_refused():
    with pytest.raises(ValueError, match="generator"):
        ImageBatches(random_images(), 4, (8, 6), IDENTITY, augmentation=Augmentation(2, flip=False))
