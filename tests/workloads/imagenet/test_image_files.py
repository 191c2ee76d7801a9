from pathlib import Path

import pytest

from harness.errors import DataError
from workloads.imagenet.image_files import ImageFile, collect, same_classes

SOURCE = Path("images")


def files(*names):
    return [ImageFile(name, name) for name in names]


def test_labels_follow_the_sorted_class_names_and_images_are_sorted_in_a_class():
    collection = collect(SOURCE, {"n2": files("d", "c"), "n1": files("a")})
    assert collection.classes == ("n1", "n2")
    assert [file.name for file in collection.files] == ["a", "c", "d"]
    assert collection.labels.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("classes", "images_per_class", "names"),
    [
        (None, None, ["a", "b", "c", "d", "e"]),
        (None, 1, ["a", "c", "e"]),
        (2, None, ["a", "b", "c", "d"]),
        (1, 1, ["a"]),
    ],
)
def test_the_first_classes_and_images_can_be_had_alone(classes, images_per_class, names):
    collection = collect(SOURCE, {"n1": files("a", "b"), "n2": files("c", "d"), "n3": files("e")})
    chosen = collection.first(classes, images_per_class)
    assert [file.name for file in chosen.files] == names
    assert len(chosen.labels) == len(names)
    assert chosen.classes == ("n1", "n2", "n3")[:classes]


def test_a_class_without_images_is_refused_by_name():
    with pytest.raises(DataError, match="without images: n1"):
        collect(SOURCE, {"n1": [], "n2": files("a")})


def test_no_images_are_refused():
    with pytest.raises(DataError, match="no images"):
        collect(SOURCE, {})


def test_different_classes_are_refused_by_name():
    train = collect(SOURCE, {f"n{number}": files("a") for number in range(5)})
    val = collect(SOURCE, {"n0": files("a"), "n9": files("b")})
    with pytest.raises(DataError, match=r"only in train: n1, n2, n3 and 1 more; only in val: n9"):
        same_classes(train, val, SOURCE)


def test_an_image_is_read_from_its_place_in_a_file(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(b"0123456789")
    assert ImageFile(str(path), "image", offset=2, size=3).read() == b"234"
    assert ImageFile(str(path), "image").read() == b"0123456789"


def test_an_image_that_has_gone_is_named():
    with pytest.raises(DataError, match="no-such-file"):
        ImageFile("no-such-file", "no-such-file").read()
