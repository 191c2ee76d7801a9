import shutil

import pytest

from harness.errors import DataError
from workloads.imagenet.folders import read_folders


def test_images_are_listed_by_wnid(folders):
    found = read_folders(folders / "imagenet")
    assert found.train.classes == ("n01440764", "n02102040", "n03888257")
    assert (len(found.train), len(found.val)) == (30, 12)
    assert found.train.files[0].name.endswith("train/n01440764/n01440764_0.JPEG")


@pytest.mark.parametrize("part", ["train", "val"])
def test_a_missing_part_is_named(folders, part):
    shutil.rmtree(folders / "imagenet" / part)
    with pytest.raises(DataError, match=f"no directory .*{part}"):
        read_folders(folders / "imagenet")


@pytest.mark.parametrize("part", ["train", "val"])
def test_an_empty_class_folder_is_named(folders, part):
    (folders / "imagenet" / part / "n09999999").mkdir()
    with pytest.raises(DataError, match=f"{part} has class folders without images: n09999999"):
        read_folders(folders / "imagenet")


def test_a_part_without_class_folders_is_refused(folders):
    shutil.rmtree(folders / "imagenet" / "val")
    (folders / "imagenet" / "val").mkdir()
    with pytest.raises(DataError, match="no class folders"):
        read_folders(folders / "imagenet")


def test_train_and_val_of_different_classes_are_refused(folders):
    shutil.rmtree(folders / "imagenet" / "val" / "n03888257")
    with pytest.raises(DataError, match="only in train: n03888257; only in val: none"):
        read_folders(folders / "imagenet")
