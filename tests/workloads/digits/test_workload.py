import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional

from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.workload import BuildContext
from workloads.digits.workload import DigitsOptions, DigitsWorkload

CPU = torch.device("cpu")
HARDWARE = detect_hardware()
SMALL = {"c0": 8, "c1": 16, "c2": 16, "c3": 16, "c4": 16}


def build(precision="fp32", max_epochs=6, changed=(), **options):
    workload = DigitsWorkload(DigitsOptions(**options))
    workload.load_data(None, 0, CPU)
    config = {**dict(workload.space().get_default_configuration()), **dict(changed)}
    context = BuildContext(resolve_precision(precision, "cpu", HARDWARE), CPU, 0, max_epochs)
    return workload.build(config, context)


def test_digits_need_no_data():
    DigitsWorkload().check_data(None)


def test_digits_are_colour_images_of_cifar_size_with_the_original_shapes():
    from sklearn.datasets import load_digits

    images = DigitsWorkload(DigitsOptions(images=None)).read_images(None)
    assert images.search.images.shape == (1500, 3, 32, 32)
    assert images.test.images.shape == (297, 3, 32, 32)
    shrunk = functional.avg_pool2d(images.test.images[:, 0].float(), 4) * 16 / 255
    original = torch.from_numpy(load_digits().images[-297:])
    assert torch.corrcoef(torch.stack([shrunk.flatten(), original.flatten()]))[0, 1] > 0.95


def test_the_default_search_uses_fewer_images_than_there_are():
    assert len(DigitsWorkload().read_images(None).search) == 800


def test_the_test_set_is_the_same_however_many_images_are_searched_on():
    few, many = (
        DigitsWorkload(DigitsOptions(images=images)).read_images(None).test for images in (50, 1500)
    )
    assert torch.equal(few.images, many.images)


def test_more_images_than_there_are_is_refused():
    with pytest.raises(ValidationError):
        DigitsOptions(images=1501)


@pytest.mark.parametrize("precision", ["fp32", "amp"])
def test_an_epoch_of_digits_trains_and_validates(precision):
    training = build(precision, images=100, test_images=20, changed=SMALL)
    result = training.train_epoch()
    assert result.samples == 80
    assert 0.0 <= training.validate() <= 1.0
    assert 0.0 <= training.test() <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", pytest.param("amp", marks=pytest.mark.long)])
def test_digits_are_learnt_in_the_default_number_of_epochs(precision):
    training = build(precision)
    for _ in range(6):
        training.train_epoch()
    assert training.validate() > 0.9
    assert training.test() > 0.85
