import numpy as np
import pytest


@pytest.fixture
def h5py():
    """The module; without it the test is skipped."""
    return pytest.importorskip("h5py", reason="needs h5py: pip install 'hpo-harness[cfd]'")


@pytest.fixture
def random_fields():
    """Builds three random velocity components of a shape."""

    def build(shape, seed=0):
        values = np.random.default_rng(seed).standard_normal((3, *shape)).astype(np.float32)
        return dict(zip("uvw", values, strict=True))

    return build


@pytest.fixture
def write_file(h5py):
    """Writes datasets into the groups of a new HDF5 file."""

    def write(path, datasets, group="box0/fields", **attributes):
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.attrs.update(attributes)
            for name, values in datasets.items():
                file[f"{group}/{name}"] = values
        return path

    return write


@pytest.fixture
def flow_root(tmp_path, random_fields, write_file):
    """A data root of one case: five snapshots for the search and one for the test."""
    for number in range(6):
        folder = "testfolder" if number == 5 else "trainfolder"
        path = tmp_path / folder / "case" / f"box{number:03d}.hdf5"
        write_file(path, random_fields((8, 5, 12), seed=number), time=float(number))
    return tmp_path
