import pytest

from harness.errors import DataError
from workloads.imagenet.locate import find_images


def test_folders_come_before_an_archive(folders, write_archive, members):
    write_archive(members)
    assert find_images(folders, None).train.files[0].path.endswith(".JPEG")


def test_a_named_archive_comes_before_folders(folders, write_archive, members):
    path = write_archive(members, name="sample.tar")
    assert find_images(folders, "sample.tar").train.files[0].path == str(path)


def test_the_data_root_may_be_the_directory_itself(folders):
    assert len(find_images(folders / "imagenet", None).train) == 30


def test_the_default_archive_is_found(tmp_path, write_archive, members):
    write_archive(members)
    assert len(find_images(tmp_path, None).train) == 30


@pytest.mark.parametrize(
    ("archive", "message"), [(None, r"no train/ and val/"), ("other.tar", r"no other\.tar")]
)
def test_a_root_without_images_is_refused(tmp_path, archive, message):
    with pytest.raises(DataError, match=message):
        find_images(tmp_path, archive)


def test_no_root_is_refused_with_what_to_pass():
    with pytest.raises(DataError, match="--data DIR"):
        find_images(None, None)
