"""What lies in an ImageNet folder beside images."""

from workloads.imagenet.folders import read_folders


def test_hidden_folders_are_no_classes_and_links_in_circles_list_an_image_once(tmp_path):
    for part in ("train", "val"):
        folder = tmp_path / part / "n01" / "more"
        folder.mkdir(parents=True)
        (folder / "a.JPEG").write_bytes(b"x")
        (folder / "back").symlink_to(tmp_path / part / "n01")
        (tmp_path / part / ".ipynb_checkpoints").mkdir()
        (tmp_path / part / ".ipynb_checkpoints" / "a.JPEG").write_bytes(b"x")
    found = read_folders(tmp_path)
    assert list(found.train.classes) == ["n01"] and len(found.train.files) == 1
