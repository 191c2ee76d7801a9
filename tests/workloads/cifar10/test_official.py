import pytest
import torch

from harness.errors import DataError
from workloads.cifar10.official import OfficialSource


def test_official_pixels_and_labels_come_in_order(official_files, pixels, labels):
    source = OfficialSource(official_files)
    source.sizes()
    sets = source.read(None, None)
    assert torch.equal(sets.search.images, torch.from_numpy(pixels[:32]).permute(0, 3, 1, 2))
    assert sets.search.labels.tolist() == labels[:32].tolist()
    assert torch.equal(sets.test.images, torch.from_numpy(pixels[32:]).permute(0, 3, 1, 2))


def test_no_more_images_are_given_than_asked_for(official_files):
    sets = OfficialSource(official_files).read(images=10, test_images=3)
    assert (len(sets.search), len(sets.test)) == (10, 3)


@pytest.mark.parametrize("damage", ["missing", "truncated", "empty directory"])
def test_damaged_files_are_told_in_one_line(official_files, damage):
    victim = official_files / "data_batch_2"
    if damage == "truncated":
        victim.write_bytes(victim.read_bytes()[:-10])
    elif damage == "missing":
        victim.unlink()
    else:
        for path in official_files.iterdir():
            path.unlink()
    with pytest.raises(DataError, match="not the complete official CIFAR-10") as error:
        OfficialSource(official_files).sizes()
    assert "\n" not in str(error.value)
