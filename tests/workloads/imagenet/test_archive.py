import gzip
import io
import tarfile

import pytest

from harness.errors import DataError
from workloads.imagenet.archive import read_archive


def test_images_are_read_in_place(write_archive, members):
    found = read_archive(write_archive(members))
    assert found.train.classes == ("n01440764", "n02102040", "n03888257")
    assert (len(found.train), len(found.val)) == (30, 12)
    assert found.val.files[0].read() == members["val/n01440764/n01440764_0.JPEG"]


def test_members_may_be_folders_and_begin_with_a_dot(write_archive, members):
    path = write_archive({f"./{name}": content for name, content in members.items()})
    with tarfile.open(path, "a") as archive:
        folder = tarfile.TarInfo("./train/n01440764")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    assert len(read_archive(path).train) == 30


@pytest.mark.parametrize(
    "name",
    [
        "/train/n01440764/a.JPEG",
        "train/../a.JPEG",
        "../train/n01440764/a.JPEG",
        "train/n01440764/../../a.JPEG",
        "train/a.JPEG",
        "test/n01440764/a.JPEG",
        "train/n01440764/notes.txt",
    ],
)
def test_a_member_of_another_name_is_refused_by_name(write_archive, members, jpeg, name):
    path = write_archive({**members, name: jpeg()})
    with pytest.raises(DataError, match="has the member") as raised:
        read_archive(path)
    assert f"'{name}'" in str(raised.value)


def test_a_link_is_refused(write_archive, members):
    path = write_archive(members)
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("train/n01440764/link.JPEG")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    with pytest.raises(DataError, match=r"link\.JPEG"):
        read_archive(path)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.7, 0.9])
def test_a_truncated_archive_is_refused(write_archive, members, kept):
    path = write_archive(members)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(DataError, match=r"truncated|not a complete"):
        read_archive(path)


@pytest.mark.parametrize("where", ["offset", "offset_data"])
def test_an_archive_cut_beside_a_header_is_refused(write_archive, members, where):
    path = write_archive(members)
    with tarfile.open(path) as archive:
        end = getattr(archive.getmembers()[-5], where)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(DataError, match=r"truncated|not a complete"):
        read_archive(path)


def test_a_compressed_archive_is_refused(write_archive, members):
    path = write_archive(members)
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(DataError, match="uncompressed"):
        read_archive(path)


def test_an_empty_archive_is_refused(write_archive):
    with pytest.raises(DataError):
        read_archive(write_archive({}))


def test_an_archive_without_val_is_refused(write_archive, members):
    only_train = {name: content for name, content in members.items() if name.startswith("train")}
    with pytest.raises(DataError, match="no images in val/"):
        read_archive(write_archive(only_train))


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "imagenet10-128px.tar"
    path.write_bytes(io.BytesIO(b"not an archive" * 100).getvalue())
    with pytest.raises(DataError, match="not a complete"):
        read_archive(path)
