import sys

import numpy as np
import pytest

from harness.errors import DataError, RequestError
from workloads.cfd.hdf5 import open_snapshot, write_snapshot

SHAPE = (4, 5, 6)


@pytest.mark.parametrize("group", ["box0/fields", "anything", "a/b", ""])
def test_components_are_found_up_to_two_groups_deep(tmp_path, random_fields, write_file, group):
    fields = random_fields(SHAPE)
    snapshot = open_snapshot(write_file(tmp_path / "a.hdf5", fields, group), "case")
    assert snapshot.shape == SHAPE
    for component, values in fields.items():
        np.testing.assert_array_equal(snapshot.read(component, 0, 5), values)


def test_a_range_of_wall_normal_planes_is_read_alone(tmp_path, random_fields, write_file):
    fields = random_fields(SHAPE)
    snapshot = open_snapshot(write_file(tmp_path / "a.hdf5", fields), "case")
    np.testing.assert_array_equal(snapshot.read("v", 1, 3), fields["v"][:, 1:3])


def test_other_number_formats_become_float32(tmp_path, random_fields, write_file):
    fields = {name: values.astype(">f8") for name, values in random_fields(SHAPE).items()}
    snapshot = open_snapshot(write_file(tmp_path / "a.hdf5", fields), "case")
    assert snapshot.read("u", 0, 5).dtype == np.float32


@pytest.mark.parametrize(("attributes", "expected"), [({"time": 2.5}, 2.5), ({}, None)])
def test_the_time_is_read_where_it_is_recorded(
    tmp_path, random_fields, write_file, attributes, expected
):
    path = write_file(tmp_path / "a.hdf5", random_fields(SHAPE), **attributes)
    assert open_snapshot(path, "case").time == expected


def test_what_is_written_is_read_back(tmp_path, random_fields, h5py):
    fields = random_fields(SHAPE)
    write_snapshot(tmp_path / "a.hdf5", fields, {"time": 1.0})
    snapshot = open_snapshot(tmp_path / "a.hdf5", "case")
    assert snapshot.group == "/box0/fields"
    np.testing.assert_array_equal(snapshot.read("w", 0, 5), fields["w"])


@pytest.mark.parametrize("component", ["u", "v", "w"])
def test_a_missing_component_is_named(tmp_path, random_fields, write_file, component):
    fields = random_fields(SHAPE)
    del fields[component]
    path = write_file(tmp_path / "a.hdf5", fields)
    with pytest.raises(DataError, match=f"no dataset {component} in its group '/box0/fields'"):
        open_snapshot(path, "case")


def test_a_file_without_any_component_is_refused(tmp_path, write_file):
    path = write_file(tmp_path / "a.hdf5", {"pressure": np.zeros(SHAPE)})
    with pytest.raises(DataError, match=r"no dataset u, v, w .* only pressure"):
        open_snapshot(path, "case")


def test_an_empty_file_is_refused(tmp_path, write_file):
    with pytest.raises(DataError, match="only nothing"):
        open_snapshot(write_file(tmp_path / "a.hdf5", {}), "case")


def test_components_of_different_shape_are_refused(tmp_path, random_fields, write_file):
    fields = {**random_fields(SHAPE), "w": np.zeros((4, 5, 7))}
    with pytest.raises(DataError, match=r"differ in shape: u \(4, 5, 6\).*w \(4, 5, 7\)"):
        open_snapshot(write_file(tmp_path / "a.hdf5", fields), "case")


@pytest.mark.parametrize("shape", [(4, 5), (0, 5, 6)])
def test_components_that_are_no_volume_are_refused(tmp_path, write_file, shape):
    path = write_file(tmp_path / "a.hdf5", {name: np.zeros(shape) for name in "uvw"})
    with pytest.raises(DataError, match=r"not \(z, y, x\)"):
        open_snapshot(path, "case")


def test_components_that_are_no_numbers_are_refused(tmp_path, write_file):
    path = write_file(tmp_path / "a.hdf5", {name: np.zeros(SHAPE, "S3") for name in "uvw"})
    with pytest.raises(DataError, match="not numbers"):
        open_snapshot(path, "case")


def test_a_truncated_file_is_refused_in_one_line(tmp_path, random_fields, write_file):
    path = write_file(tmp_path / "a.hdf5", random_fields((16, 16, 16)))
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(DataError, match="damaged") as raised:
        open_snapshot(path, "case")
    assert "\n" not in str(raised.value)


def test_a_file_of_another_kind_is_refused(tmp_path, h5py):
    path = tmp_path / "a.hdf5"
    path.write_text("no flow field")
    with pytest.raises(DataError, match="no HDF5 file"):
        open_snapshot(path, "case")


def test_values_that_cannot_be_decompressed_are_refused(tmp_path, random_fields, h5py):
    path = tmp_path / "a.hdf5"
    write_snapshot(path, random_fields((16, 16, 16)), {})
    snapshot = open_snapshot(path, "case")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4000] = bytes(4000)
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        for component in "uvw":
            snapshot.read(component, 0, 16)


def test_without_h5py_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(RequestError, match=r"pip install 'hpo-harness\[cfd\]'"):
        open_snapshot(tmp_path / "a.hdf5", "case")
