import pytest
import torch

from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.training.image_batches import LabelledImages
from harness.training.normalisation import Normalisation
from harness.workload import BuildContext
from workloads.nats.images import ImageSets
from workloads.nats.options import ImageOptions
from workloads.nats.workload import SizeSpaceWorkload

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
HARDWARE = detect_hardware()
CONTEXT = BuildContext(resolve_precision("fp32", "cpu", HARDWARE), CPU, seed=0, max_epochs=2)


class NoiseWorkload(SizeSpaceWorkload):
    """Eighty noise images for the search and ten for the test."""

    name = "noise"
    max_epochs = 2
    flip = True
    normalisation = Normalisation((0.5,) * 3, (0.3,) * 3)

    def read_images(self, root):
        generator = torch.Generator().manual_seed(0)
        pixels = torch.randint(0, 256, (90, 3, 16, 16), dtype=torch.uint8, generator=generator)
        data = LabelledImages(pixels, torch.arange(90) % 10)
        return ImageSets(data.select(slice(0, 80)), data.select(slice(80, None)))


def loaded(split_seed=0, **options):
    workload = NoiseWorkload(ImageOptions(**{"image_size": 16, "channels": [4, 8], **options}))
    workload.load_data(None, split_seed, CPU)
    return workload


def configuration(workload):
    return dict(workload.space().get_default_configuration())


def first_epoch(workload, **changed):
    training = workload.build({**configuration(workload), **changed}, CONTEXT)
    return training.train_epoch(), training.validate()


def test_building_needs_loaded_data():
    workload = NoiseWorkload()
    with pytest.raises(RuntimeError, match="load_data"):
        workload.build(configuration(workload), CONTEXT)


def test_four_fifths_of_the_images_are_trained_on():
    result, accuracy = first_epoch(loaded())
    assert result.samples == 64
    assert accuracy * 16 == pytest.approx(round(accuracy * 16))


def test_the_split_follows_from_its_seed():
    assert first_epoch(loaded(split_seed=1)) != first_epoch(loaded(split_seed=2))


def test_trainings_of_one_process_share_the_images_and_nothing_else():
    workload = loaded()
    alone = first_epoch(workload)[1]
    first, second = (workload.build(configuration(workload), CONTEXT) for _ in range(2))
    first.train_epoch()
    second.train_epoch()
    assert first.validate() == second.validate() == alone


def test_the_configuration_sets_the_width_of_each_stage():
    workload = loaded()
    networks = set()
    for stage in range(5):
        training = workload.build({**configuration(workload), f"c{stage}": 8}, CONTEXT)
        networks.add(tuple(value.shape for value in training.state_dict()["model"].values()))
    assert len(networks) == 5


def test_images_are_resized_to_the_asked_size():
    result, _ = first_epoch(loaded(image_size=[9, 13]))
    assert result.samples == 64


def test_learning_without_augmentation_differs_from_learning_with_it():
    assert first_epoch(loaded(augment=False))[0] != first_epoch(loaded())[0]
