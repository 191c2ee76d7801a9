import pytest
import torch

from harness.errors import DataError
from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.workload import BuildContext
from workloads.imagenet.archive import read_archive
from workloads.imagenet.locate import find_images
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.workload import ImagenetWorkload

HARDWARE = detect_hardware()


@pytest.fixture
def sample(real_data):
    path = real_data / "imagenet" / "imagenet10-128px.tar"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    return real_data


def test_the_sample_has_ten_classes_in_the_order_of_their_wnids(sample):
    found = find_images(sample, "imagenet10-128px.tar")
    assert (len(found.train), len(found.val)) == (4000, 1000)
    assert found.train.classes[0] == "n01440764"
    assert found.train.classes[-1] == "n03888257"
    assert found.train.labels.bincount().tolist() == [400] * 10


def test_the_sample_passes_the_check(sample):
    ImagenetWorkload().check_data(sample)


def test_the_sample_of_all_classes_has_no_images_to_test_on(sample):
    with pytest.raises(DataError, match="no images in val/"):
        read_archive(sample / "imagenet" / "imagenet1000-one-each-128px.tar")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "size"),
    [("amp", 32), *(pytest.param(name, 64, marks=pytest.mark.long) for name in ("amp", "fp32"))],
)
def test_two_epochs_on_the_sample_beat_chance_twice_over(sample, precision, size):
    imagenet = ImagenetWorkload(ImagenetOptions(width=0.25, image_size=size))
    imagenet.load_data(sample, 0, torch.device("cpu"))
    policy = resolve_precision(precision, "cpu", HARDWARE)
    training = imagenet.build(
        dict(imagenet.space().get_default_configuration()),
        BuildContext(policy, torch.device("cpu"), seed=1, max_epochs=2),
    )
    for _ in range(2):
        training.train_epoch()
    assert training.test() > 0.2
