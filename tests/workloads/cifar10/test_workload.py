import time

import pytest
import torch

from harness.errors import DataError
from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.workload import BuildContext
from workloads.cifar10.workload import Cifar10Options, Cifar10Workload

CPU = torch.device("cpu")


def build(root, precision, max_epochs, changed=(), **options):
    workload = Cifar10Workload(Cifar10Options(**options))
    workload.check_data(root)
    workload.load_data(root, 0, CPU)
    config = {**dict(workload.space().get_default_configuration()), **dict(changed)}
    context = BuildContext(
        resolve_precision(precision, "cpu", detect_hardware()), CPU, 0, max_epochs
    )
    return workload.build(config, context)


def test_data_are_checked_before_anything_is_read(tmp_path):
    with pytest.raises(DataError):
        Cifar10Workload().check_data(tmp_path)


@pytest.mark.parametrize("source", ["jpeg", "exact"])
def test_an_epoch_on_real_images(real_data, source):
    training = build(
        real_data,
        "fp32",
        max_epochs=1,
        changed={f"c{stage}": 8 for stage in range(5)},
        source=source,
        images=200,
        test_images=40,
    )
    assert training.train_epoch().samples == 160
    assert 0.0 <= training.validate() <= 1.0
    assert 0.0 <= training.test() <= 1.0


@pytest.mark.slow
def test_ten_thousand_real_images_are_decoded_in_seconds(real_data):
    begin = time.perf_counter()
    sets = Cifar10Workload(
        Cifar10Options(source="jpeg", images=10_000, test_images=100)
    ).read_images(real_data)
    assert time.perf_counter() - begin < 20
    assert sets.search.labels.bincount().tolist() == [1000] * 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "images", "epochs", "channels", "accuracy"),
    [
        ("amp", 1_000, 2, {f"c{stage}": 16 for stage in range(5)}, 0.15),
        *(
            pytest.param(precision, *size, marks=pytest.mark.long)
            for size in ((4_000, 2, {}, 0.25), (10_000, 8, {}, 0.6))
            for precision in ("amp", "fp32")
        ),
    ],
)
def test_real_images_are_learnt(real_data, precision, images, epochs, channels, accuracy):
    training = build(
        real_data,
        precision,
        max_epochs=epochs,
        changed={"lr": 0.1, "warmup_epochs": 1, **channels},
        source="jpeg",
        images=images,
        test_images=1_000,
    )
    waited = trained = 0.0
    for _ in range(epochs):
        begin = time.perf_counter()
        waited += training.train_epoch().data_wait_s
        trained += time.perf_counter() - begin
    assert training.validate() >= accuracy
    assert waited <= 0.02 * trained
