import numpy as np
import pytest
import torch

from harness.errors import DataError
from workloads.cifar10.archives import ExactSource, JpegSource


@pytest.fixture
def write(tmp_path):
    def archive(arrays):
        path = tmp_path / "cifar10.npz"
        np.savez_compressed(path, **arrays)
        return path

    return archive


def assert_refused(source, match):
    for action in (source.sizes, lambda: source.read(None, None)):
        with pytest.raises(DataError, match=match) as error:
            action()
        assert "\n" not in str(error.value)


def test_jpeg_images_are_decoded_with_their_labels(write, jpeg_arrays, pixels, labels):
    source = JpegSource(write(jpeg_arrays))
    sets = source.read(None, None)
    assert (len(sets.search), len(sets.test)) == source.sizes() == (30, 10)
    expected = torch.from_numpy(pixels[:30]).permute(0, 3, 1, 2).float()
    assert (sets.search.images.float() - expected).abs().mean() < 25
    assert sets.search.labels.tolist() == labels[:30].tolist()


def test_only_the_wanted_jpeg_images_are_decoded(write, jpeg_arrays):
    damaged = jpeg_arrays["train_jpeg"].copy()
    damaged[jpeg_arrays["train_offset"][20] :] = 0
    source = JpegSource(write({**jpeg_arrays, "train_jpeg": damaged}))
    sets = source.read(images=20, test_images=5)
    assert (len(sets.search), len(sets.test)) == (20, 5)
    with pytest.raises(DataError, match="damaged JPEG"):
        source.read(images=21, test_images=5)


def test_exact_pixels_are_kept_and_the_last_fifth_is_the_test(write, exact_arrays, pixels):
    source = ExactSource(write(exact_arrays))
    sets = source.read(None, None)
    assert (len(sets.search), len(sets.test)) == source.sizes() == (32, 8)
    assert torch.equal(sets.search.images, torch.from_numpy(pixels[:32]).permute(0, 3, 1, 2))
    assert torch.equal(sets.test.images, torch.from_numpy(pixels[32:]).permute(0, 3, 1, 2))


def test_fewer_exact_images_leave_the_test_set_alone(write, exact_arrays):
    source = ExactSource(write(exact_arrays))
    few, all_images = source.read(10, None), source.read(None, None)
    assert len(few.search) == 10
    assert torch.equal(few.test.images, all_images.test.images)


@pytest.mark.parametrize("kept", [0, 100, -30])
def test_a_truncated_archive_is_refused(write, jpeg_arrays, kept):
    path = write(jpeg_arrays)
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(JpegSource(path), "damaged or incomplete")


def test_flipped_bytes_are_refused(write, exact_arrays):
    path = write(exact_arrays)
    content = bytearray(path.read_bytes())
    content[400:420] = bytes(20)
    path.write_bytes(content)
    assert_refused(ExactSource(path), "damaged or incomplete")


def test_pickled_objects_are_not_loaded(write, exact_arrays):
    labels = np.array([{"label": 1}] * 40, dtype=object)
    assert_refused(ExactSource(write({**exact_arrays, "labels": labels})), "damaged or incomplete")


def test_missing_arrays_are_named(write, jpeg_arrays, exact_arrays):
    del jpeg_arrays["test_labels"]
    assert_refused(JpegSource(write(jpeg_arrays)), "lacks the arrays test_labels")
    assert_refused(ExactSource(write({"images": exact_arrays["images"]})), "labels")


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((40, 32, 32), np.uint8),
        np.zeros((40, 3, 32, 32), np.uint8),
        np.zeros((39, 32, 32, 3), np.uint8),
        np.zeros((40, 32, 32, 3), np.float32),
    ],
)
def test_exact_images_of_the_wrong_shape_are_refused(write, exact_arrays, wrong):
    assert_refused(ExactSource(write({**exact_arrays, "images": wrong})), "images must be uint8")


@pytest.mark.parametrize("wrong", [np.full(40, 10), np.zeros(40), np.zeros((40, 1), int)])
def test_labels_that_are_no_class_numbers_are_refused(write, exact_arrays, wrong):
    assert_refused(ExactSource(write({**exact_arrays, "labels": wrong})), "labels must")


@pytest.mark.parametrize("change", ["offset too short", "offset beyond the end", "unordered"])
def test_jpeg_arrays_that_do_not_belong_together_are_refused(write, jpeg_arrays, change):
    offsets = jpeg_arrays["train_offset"]
    jpeg_arrays["train_offset"] = {
        "offset too short": offsets[:-1],
        "offset beyond the end": offsets + 7,
        "unordered": np.concatenate([offsets[:1], offsets[1:-1][::-1], offsets[-1:]]),
    }[change]
    assert_refused(JpegSource(write(jpeg_arrays)), "do not belong together")


def test_jpeg_images_of_another_size_are_refused(write, jpeg_arrays):
    from torchvision.io import encode_jpeg

    image = encode_jpeg(torch.zeros(3, 16, 16, dtype=torch.uint8)).numpy()
    jpeg_arrays["test_jpeg"] = image
    jpeg_arrays["test_offset"] = np.array([0, len(image)])
    jpeg_arrays["test_labels"] = np.array([3], dtype=np.uint8)
    with pytest.raises(DataError, match="32×32"):
        JpegSource(write(jpeg_arrays)).read(None, None)


@pytest.mark.parametrize("option", ["images", "test_images"])
def test_more_images_than_there_are_is_refused(write, exact_arrays, option):
    wanted = {"images": None, "test_images": None, option: 33}
    source = ExactSource(write(exact_arrays))
    with pytest.raises(DataError, match=f"^{option} asks for 33 images"):
        source.check(**wanted)
    source.check(images=32, test_images=8)


def test_pixels_of_another_range_or_type_are_refused(write, exact_arrays):
    images = exact_arrays["images"]
    binary = (images > 127).astype(np.uint8)
    assert_refused(ExactSource(write({**exact_arrays, "images": binary})), "pixels .* lie in 0…1")
    for other in (images / 255, images.astype(np.int64), images.astype(np.uint16) * 257):
        assert_refused(ExactSource(write({**exact_arrays, "images": other})), "must be uint8")


def test_offsets_that_are_no_whole_numbers_are_refused(write, jpeg_arrays):
    offsets = jpeg_arrays["train_offset"].astype(float)
    source = JpegSource(write({**jpeg_arrays, "train_offset": offsets}))
    assert_refused(source, "do not belong together")
