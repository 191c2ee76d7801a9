import shutil

import pytest

from harness.errors import DataError
from workloads.cfd.locate import find_folders, open_snapshots


@pytest.mark.parametrize("inside", [".", "turbulence", "turbulence/channel", "channel"])
def test_both_folders_are_found_in_a_root_and_in_its_turbulence(tmp_path, inside):
    flow = tmp_path / inside
    for name in ("trainfolder", "testfolder"):
        (flow / name).mkdir(parents=True)
    folders = find_folders(tmp_path)
    assert folders.search.samefile(flow / "trainfolder")
    assert folders.test.samefile(flow / "testfolder")


@pytest.mark.parametrize("inside", [".", "case", "turbulence", "turbulence/case"])
def test_a_directory_of_files_is_a_search_folder_without_a_test_folder(tmp_path, inside):
    (tmp_path / inside).mkdir(parents=True, exist_ok=True)
    (tmp_path / inside / "a.hdf5").touch()
    folders = find_folders(tmp_path)
    assert folders.search == (tmp_path / "turbulence" if "turb" in inside else tmp_path)
    assert folders.test is None


@pytest.mark.parametrize(
    ("present", "missing"), [("trainfolder", "testfolder"), ("testfolder", "trainfolder")]
)
def test_a_missing_folder_is_named(tmp_path, present, missing):
    (tmp_path / present).mkdir()
    with pytest.raises(DataError, match=f"has {present}/ but no {missing}/"):
        find_folders(tmp_path)


def test_several_sets_are_named_and_not_mixed(tmp_path):
    for name in ("channel", "layer"):
        (tmp_path / "turbulence" / name / "trainfolder").mkdir(parents=True)
    with pytest.raises(DataError, match=r"several sets.*channel.*layer"):
        find_folders(tmp_path)


def test_a_root_without_flow_fields_is_refused(tmp_path):
    (tmp_path / "cifar10").mkdir()
    with pytest.raises(DataError, match="no flow fields"):
        find_folders(tmp_path)


def test_a_root_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        find_folders(tmp_path / "nowhere")


def test_each_directory_is_a_case(tmp_path, random_fields, write_file):
    for name in ("reference/a.hdf5", "width/period/b.h5", "c.hdf5"):
        write_file(tmp_path / name, random_fields((3, 4, 5)))
    (tmp_path / "cases.dat").touch()
    found = {snapshot.path.name: snapshot.case for snapshot in open_snapshots(tmp_path)}
    assert found == {"a.hdf5": "reference", "b.h5": "width/period", "c.hdf5": "."}


def test_a_folder_without_files_is_refused(flow_root):
    shutil.rmtree(flow_root / "testfolder" / "case")
    with pytest.raises(DataError, match=r"no \.hdf5 files in .*testfolder"):
        open_snapshots(flow_root / "testfolder")


def test_the_real_samples_are_found(real_data, h5py):
    folders = find_folders(real_data)
    assert len(open_snapshots(folders.search)) == 12
    assert len(open_snapshots(folders.test)) == 4
