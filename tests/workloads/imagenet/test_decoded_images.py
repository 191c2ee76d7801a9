import numpy as np
import pytest
import torch
from PIL import Image

from harness.errors import DataError
from workloads.imagenet.cached_images import CachedImages
from workloads.imagenet.decoding import Decoder
from workloads.imagenet.folders import read_folders
from workloads.imagenet.memory_budget import decode_within_budget
from workloads.imagenet.streamed_images import StreamedImages

CPU = torch.device("cpu")
WHOLE = Decoder(32, "whole")
ORDER = torch.tensor([5, 29, 0, 14, 3])


@pytest.fixture
def collection(folders):
    return read_folders(folders / "imagenet").train


@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_batches_are_the_cached_ones(collection, workers):
    cached = CachedImages(collection, WHOLE, CPU, CPU)
    streamed = StreamedImages(collection, WHOLE, CPU, workers)
    assert len(streamed) == len(cached) == 30
    batches = list(zip(cached.batches(ORDER, 2), streamed.batches(ORDER, 2), strict=True))
    assert [len(kept.labels) for kept, _ in batches] == [2, 2, 1]
    for kept, anew in batches:
        assert torch.equal(kept.images, anew.images)
        assert torch.equal(kept.labels, anew.labels)
        assert torch.equal(kept.aspects, anew.aspects)
        assert kept.images.stride() == anew.images.stride()


def test_batches_follow_the_order(collection):
    cached = CachedImages(collection, WHOLE, CPU, CPU)
    (batch,) = cached.batches(ORDER, 5)
    assert batch.labels.tolist() == [0, 2, 0, 1, 0]
    assert batch.aspects.tolist() == [1.25] * 5
    expected, _ = WHOLE.decode(collection.files[29])
    assert torch.equal(batch.images[1], expected)


def test_streaming_leaves_the_generator_of_the_process_alone(collection):
    state = torch.get_rng_state()
    list(StreamedImages(collection, WHOLE, CPU, workers=0).batches(ORDER, 2))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_image_in_a_stream_is_named_in_one_line(folders, workers):
    (folders / "imagenet/train/n01440764/broken.JPEG").write_bytes(b"broken")
    collection = read_folders(folders / "imagenet").train
    streamed = StreamedImages(collection, WHOLE, CPU, workers)
    with pytest.raises(DataError, match=r"broken\.JPEG cannot be decoded") as raised:
        list(streamed.batches(torch.arange(len(collection)), 8))
    assert "\n" not in str(raised.value)


def test_a_broken_image_is_named_when_images_are_cached(folders):
    (folders / "imagenet/train/n01440764/broken.JPEG").write_bytes(b"broken")
    collection = read_folders(folders / "imagenet").train
    with pytest.raises(DataError, match=r"broken\.JPEG cannot be decoded"):
        CachedImages(collection, WHOLE, CPU, CPU)


@pytest.mark.parametrize(
    ("budget_bytes", "kind"), [(30 * 3 * 37**2, CachedImages), (30 * 3 * 37**2 - 1, StreamedImages)]
)
def test_images_are_cached_where_they_fit_the_budget(collection, budget_bytes, kind):
    parts = [(collection, WHOLE)]
    (images,) = decode_within_budget(parts, CPU, budget_bytes / 2**30, workers=0)
    assert isinstance(images, kind)


def test_a_small_sample_is_cached_by_default(collection):
    (images,) = decode_within_budget([(collection, WHOLE)], CPU, None, workers=None)
    assert isinstance(images, CachedImages)


def test_images_of_16_bits_are_the_same_cached_and_streamed(folders):
    levels = np.linspace(0, 65535, 40 * 50).reshape(40, 50).astype(np.uint16)
    first = read_folders(folders / "imagenet").train.files[0]
    Image.fromarray(levels).save(first.path, "PNG")
    collection = read_folders(folders / "imagenet").train
    order = torch.tensor([0])
    (cached,) = CachedImages(collection, WHOLE, CPU, CPU).batches(order, 1)
    (streamed,) = StreamedImages(collection, WHOLE, CPU, 0).batches(order, 1)
    assert torch.equal(cached.images, streamed.images)
    # From black to white from top to bottom, not modulo 256.
    rows = cached.images.float().mean(dim=(0, 1, 3))
    assert (rows.diff() > 0).all()
    assert rows[0] < 10 and rows[-1] > 245
