"""Errors about flow fields name the file, and what is in it."""

import subprocess
import sys

import pytest

from harness.errors import DataError

h5py = pytest.importorskip("h5py")

from workloads.cfd.hdf5 import open_snapshot  # noqa: E402


def empty(file, name):
    file.create_dataset(name, data=h5py.Empty("f4"))


def group(file, name):
    file.create_group(name)


def dangling(file, name):
    file[name] = h5py.SoftLink("/nowhere")


@pytest.mark.parametrize(
    ("make", "told"),
    [(empty, "null data sets"), (group, r"u \(a group\)"), (dangling, r"u \(a link to what")],
)
def test_what_is_no_dataset_is_named_with_its_file(make, told, tmp_path):
    with h5py.File(tmp_path / "flow.hdf5", "w") as file:
        for component in "uvw":
            make(file, component)
    with pytest.raises(DataError, match=rf"flow\.hdf5.*{told}"):
        open_snapshot(tmp_path / "flow.hdf5", "case")


def test_a_file_that_another_process_writes_is_not_called_damaged(tmp_path):
    path = tmp_path / "flow.hdf5"
    code = f"import h5py; file = h5py.File({str(path)!r}, 'w'); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        writer.stdout.readline()
        try:
            with pytest.raises(DataError, match="open for writing in another process"):
                open_snapshot(path, "case")
        finally:
            writer.kill()
