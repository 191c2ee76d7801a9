"""Values that HDF5 would replace by a fill value are refused, with the file's name."""

import numpy as np
import pytest

from harness.errors import DataError
from workloads.cfd.hdf5 import open_snapshot

SHAPE = (4, 6, 8)


@pytest.fixture
def write_component(tmp_path, random_fields, h5py):
    """Writes a snapshot whose component u is made by a function of the file."""

    def write(make):
        fields = random_fields(SHAPE)
        path = tmp_path / "a.hdf5"
        with h5py.File(path, "w") as file:
            make(file, fields["u"])
            file["v"], file["w"] = fields["v"], fields["w"]
        return path, fields["u"]

    return write


def assert_refused(path, match):
    with pytest.raises(DataError, match=match) as error:
        open_snapshot(path, "case").read("u", 0, SHAPE[1])
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def virtual(h5py, tmp_path, halves=("low", "high"), shape=SHAPE):
    """Return what makes u of two files, and writes them."""

    def make(file, values):
        layout = h5py.VirtualLayout(shape=shape, dtype="f4")
        for number, name in enumerate(halves):
            part = values[2 * number : 2 * number + 2]
            with h5py.File(tmp_path / f"{name}.h5", "w") as source:
                source["part"] = part
            layout[2 * number : 2 * number + 2] = h5py.VirtualSource(
                f"{name}.h5", "part", shape=part.shape
            )
        file.create_virtual_dataset("u", layout, fillvalue=0.5)

    return make


def test_a_virtual_dataset_whose_sources_are_there_is_read(write_component, tmp_path, h5py):
    path, values = write_component(virtual(h5py, tmp_path))
    found = open_snapshot(path, "case").read("u", 0, SHAPE[1])
    np.testing.assert_array_equal(found, values)


def test_a_virtual_dataset_without_a_source_file_is_refused(write_component, tmp_path, h5py):
    path, _ = write_component(virtual(h5py, tmp_path))
    (tmp_path / "high.h5").unlink()
    assert_refused(path, "u takes its values from high.h5, which is not there")


def test_a_virtual_dataset_without_a_source_dataset_is_refused(write_component, tmp_path, h5py):
    path, _ = write_component(virtual(h5py, tmp_path))
    with h5py.File(tmp_path / "high.h5", "w") as source:
        source["other"] = np.zeros(3)
    assert_refused(path, "high.h5, which has no part")


def test_a_virtual_dataset_with_a_smaller_source_is_refused(write_component, tmp_path, h5py):
    path, _ = write_component(virtual(h5py, tmp_path))
    with h5py.File(tmp_path / "high.h5", "w") as source:
        source["part"] = np.ones((1, 6, 8))
    assert_refused(path, "part of high.h5, which is smaller")


def test_a_virtual_dataset_with_a_source_that_was_not_written_is_refused(
    write_component, tmp_path, h5py
):
    path, _ = write_component(virtual(h5py, tmp_path))
    with h5py.File(tmp_path / "high.h5", "w") as source:
        source.create_dataset("part", (2, 6, 8), "f4")
    assert_refused(path, "part of high.h5 has a shape and no values")


def test_a_virtual_dataset_that_is_mapped_in_part_is_refused(write_component, tmp_path, h5py):
    path, _ = write_component(virtual(h5py, tmp_path, halves=("low",)))
    assert_refused(path, "u takes only 96 of its values")


@pytest.mark.parametrize("fault", ["missing", "short", None])
def test_external_storage_must_be_whole(write_component, tmp_path, fault):
    raw = tmp_path / "u.raw"

    def make(file, values):
        external = [(str(raw), 0, values.nbytes)]
        file.create_dataset("u", data=values, external=external)

    path, values = write_component(make)
    if fault == "missing":
        raw.unlink()
        assert_refused(path, "u keeps its values in .*u.raw, which is not there")
    elif fault == "short":
        raw.write_bytes(raw.read_bytes()[:100])
        assert_refused(path, "u keeps its values in .*u.raw, which is too short")
    else:
        found = open_snapshot(path, "case").read("u", 0, SHAPE[1])
        np.testing.assert_array_equal(found, values)


def test_values_that_were_never_written_are_refused(write_component):
    path, _ = write_component(lambda file, values: file.create_dataset("u", SHAPE, "f4"))
    assert_refused(path, "u has a shape and no values")


def test_chunks_that_were_never_written_are_refused(write_component):
    def make(file, values):
        file.create_dataset("u", SHAPE, "f4", chunks=(2, 6, 8))[:2] = values[:2]

    path, _ = write_component(make)
    assert_refused(path, "u has values in 1 of its 2 chunks only")


@pytest.mark.parametrize("attribute", ["_FillValue", "missing_value"])
def test_values_marked_as_missing_are_refused(write_component, attribute):
    def make(file, values):
        values[1, 2, 3] = 9.96921e36
        file["u"] = values
        file["u"].attrs[attribute] = np.float32(9.96921e36)

    path, _ = write_component(make)
    assert_refused(path, rf"u has missing values \(attribute {attribute}")


def test_integers_are_taken_as_the_numbers_they_are(write_component):
    def make(file, values):
        file["u"] = np.round(values * 1000).astype(np.int16)

    path, values = write_component(make)
    found = open_snapshot(path, "case").read("u", 0, SHAPE[1])
    np.testing.assert_array_equal(found, np.round(values * 1000))
    assert found.dtype == np.float32
