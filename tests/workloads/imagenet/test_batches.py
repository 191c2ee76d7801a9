import pytest
import torch

from workloads.imagenet.batches import NORMALISATION, EvaluationBatches, TrainingBatches
from workloads.imagenet.cached_images import CachedImages
from workloads.imagenet.decoding import Decoder
from workloads.imagenet.folders import read_folders
from workloads.imagenet.random_crops import RandomCrops
from workloads.imagenet.streamed_images import StreamedImages

CPU = torch.device("cpu")
CROPS = RandomCrops(area=(0.1, 1.0), aspect=(0.8, 1.25))


@pytest.fixture
def collection(folders):
    return read_folders(folders / "imagenet").train


@pytest.fixture
def whole(collection):
    return CachedImages(collection, Decoder(32, "whole"), CPU, CPU)


def training_batches(images, batch_size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return TrainingBatches(images, batch_size, 32, CROPS, generator)


def test_evaluation_batches_are_all_images_in_order(collection):
    centre = Decoder(32, "centre")
    batches = EvaluationBatches(CachedImages(collection, centre, CPU, CPU), 8, 32)
    assert len(batches) == len(list(batches)) == 4
    images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    assert torch.equal(labels, collection.labels)
    expected = (
        centre.decode(collection.files[7])[0] / 255
        - torch.tensor(NORMALISATION.mean)[:, None, None]
    )
    torch.testing.assert_close(
        images[7] * torch.tensor(NORMALISATION.std)[:, None, None], expected, atol=1e-5, rtol=0
    )


def test_every_epoch_has_all_images_in_another_order(whole):
    batches = training_batches(whole)
    epochs = [torch.cat([labels for _, labels in batches]) for _ in range(2)]
    assert not torch.equal(*epochs)
    for labels in epochs:
        assert labels.bincount().tolist() == [10, 10, 10]


def test_training_batches_are_float_and_channels_last(whole):
    images, _ = next(iter(training_batches(whole)))
    assert images.shape == (8, 3, 32, 32)
    assert images.dtype == torch.float32
    assert images.is_contiguous(memory_format=torch.channels_last)


def test_batches_follow_from_the_generator(whole):
    first, again, other = (
        torch.cat([images for images, _ in training_batches(whole, seed=seed)])
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_batches_are_the_same_whether_images_are_cached_or_streamed(whole, collection):
    streamed = StreamedImages(collection, Decoder(32, "whole"), CPU, workers=0)
    for _ in range(2):
        for kept, anew in zip(training_batches(whole), training_batches(streamed), strict=True):
            assert torch.equal(kept[0], anew[0])
            assert torch.equal(kept[1], anew[1])


@pytest.mark.parametrize(("batch_size", "used"), [(29, 29), (10, 30), (7, 30), (1, 30)])
def test_a_last_batch_of_one_image_is_left_out(whole, batch_size, used):
    batches = training_batches(whole, batch_size)
    sizes = [len(labels) for _, labels in batches]
    assert sum(sizes) == used
    assert len(sizes) == len(batches)
