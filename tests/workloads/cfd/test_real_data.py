import pytest
import torch

from harness.machine.hardware import detect_hardware
from harness.precision import Precision, resolve_precision
from harness.workload import BuildContext
from workloads.cfd.hdf5 import open_snapshot
from workloads.cfd.mean_field import mean_field_errors
from workloads.cfd.options import CfdOptions
from workloads.cfd.snapshot_split import find_snapshots
from workloads.cfd.workload import CfdWorkload

CPU = torch.device("cpu")
CONFIG = {
    "lr": 0.03,
    "weight_decay": 1e-5,
    "momentum": 0.9,
    "nesterov": True,
    "warmup_epochs": 1,
}
FP32 = Precision("fp32", "cpu", None, scale_gradients=False, tf32=False)
AMP = resolve_precision("amp", "cpu", detect_hardware())


@pytest.fixture
def options(h5py):
    return CfdOptions()


def test_the_latest_snapshot_of_each_case_validates(real_data, options):
    split = find_snapshots(real_data, options)
    assert [snapshot.time for snapshot in split.validation] == pytest.approx([40.0] * 2)
    assert max(snapshot.time for snapshot in split.train) == pytest.approx(35.0)
    assert min(snapshot.time for snapshot in split.test) == pytest.approx(45.0)


@pytest.mark.parametrize(
    ("file", "shape"),
    [
        ("simson_channel_re2277.hdf5", (48, 65, 48)),
        ("openfoam_channel_retau395.hdf5", (25, 68, 30)),
    ],
)
def test_published_files_of_both_layouts_are_read(real_data, h5py, file, shape):
    path = real_data / "turbulence" / "published" / file
    snapshot = open_snapshot(path, "published")
    assert snapshot.shape == shape
    assert snapshot.read("u", 0, 3).shape == (shape[0], 3, shape[2])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "epochs"),
    [
        pytest.param(AMP, 2, id="amp-2"),
        pytest.param(AMP, 8, id="amp-8", marks=pytest.mark.long),
        pytest.param(FP32, 8, id="fp32-8", marks=pytest.mark.long),
    ],
)
def test_the_autoencoder_beats_the_mean_field(real_data, options, precision, epochs):
    mean = mean_field_errors(find_snapshots(real_data, options), options)
    workload = CfdWorkload(options)
    workload.load_data(real_data, 0, CPU)
    training = workload.build(CONFIG, BuildContext(precision, CPU, seed=1, max_epochs=epochs))
    waited = sum(training.train_epoch().data_wait_s for _ in range(epochs))
    assert training.validate() < 0.6 * mean.best
    assert waited < 1.0
