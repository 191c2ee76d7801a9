import pytest
import torch

from harness.errors import DataError
from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.workload import BuildContext
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.workload import ImagenetWorkload

CPU = torch.device("cpu")
HARDWARE = detect_hardware()


def context(precision="fp32", seed=0, max_epochs=3):
    policy = resolve_precision(precision, "cpu", HARDWARE)
    return BuildContext(policy, CPU, seed=seed, max_epochs=max_epochs)


def workload(**options):
    return ImagenetWorkload(
        ImagenetOptions(
            **{"image_size": 32, "depth": 10, "width": 0.125, "batch_size": 8, **options}
        )
    )


def loaded(root, split_seed=0, **options):
    imagenet = workload(**options)
    imagenet.load_data(root, split_seed, CPU)
    return imagenet


def curve(imagenet, precision="fp32", epochs=2, **changed):
    config = dict(imagenet.space().get_default_configuration()) | changed
    training = imagenet.build(config, context(precision, max_epochs=epochs))
    return [(training.train_epoch().train_loss, training.validate()) for _ in range(epochs)]


def test_building_needs_loaded_data():
    imagenet = workload()
    with pytest.raises(RuntimeError, match="load_data"):
        imagenet.build(dict(imagenet.space().get_default_configuration()), context())


def test_four_fifths_of_train_are_trained_on_and_val_is_the_test(folders):
    imagenet = loaded(folders)
    training = imagenet.build(dict(imagenet.space().get_default_configuration()), context())
    assert training.train_epoch().samples == 24
    assert training.validate() * 6 == pytest.approx(round(training.validate() * 6))
    assert training.test() * 12 == pytest.approx(round(training.test() * 12))


@pytest.mark.parametrize("precision", ["fp32", "amp"])
def test_the_same_trial_twice_gives_the_same_curve(folders, precision):
    first = curve(loaded(folders), precision)
    assert curve(loaded(folders), precision) == first


def test_trainings_of_one_process_share_nothing_but_the_images(folders):
    imagenet = loaded(folders)
    first = curve(imagenet)
    assert curve(imagenet) == first


def test_streamed_images_give_the_curve_of_cached_ones(folders):
    streamed = loaded(folders, memory_budget_gib=0, loader_workers=0)
    assert curve(streamed) == curve(loaded(folders))


def test_folders_and_archive_give_the_same_curve(folders, write_archive, members):
    write_archive(members)
    from_archive = loaded(folders, archive="imagenet10-128px.tar")
    assert curve(from_archive, epochs=1) == curve(loaded(folders), epochs=1)


def test_the_split_follows_from_its_seed(folders):
    assert curve(loaded(folders, split_seed=1), epochs=1) != curve(loaded(folders), epochs=1)


def test_it_learns_to_tell_colours_apart(folders):
    accuracies = [value for _, value in curve(loaded(folders), epochs=6, lr=0.02)]
    assert accuracies[-1] >= 0.8


def test_labels_may_be_smoothed(folders):
    plain, smoothed = (curve(loaded(folders, label_smoothing=share)) for share in (0.0, 0.2))
    assert plain != smoothed


def test_widths_of_the_configuration_size_the_network(folders):
    imagenet = loaded(folders, width=1.0)
    default = dict(imagenet.space().get_default_configuration())
    sizes = {
        imagenet.build(default | {width: 0.5}, context()).parameters
        for width in default
        if width.endswith("_width")
    }
    assert len(sizes) == 5


@pytest.mark.parametrize(
    ("options", "samples"), [({"images_per_class": 5}, 12), ({"classes": 2}, 16)]
)
def test_fewer_images_may_be_asked_for(folders, options, samples):
    imagenet = loaded(folders, **options)
    training = imagenet.build(dict(imagenet.space().get_default_configuration()), context())
    assert training.train_epoch().samples == samples


def test_a_state_restored_goes_on_as_if_never_interrupted(folders):
    imagenet = loaded(folders)
    config = dict(imagenet.space().get_default_configuration())
    training = imagenet.build(config, context())
    training.train_epoch()
    resumed = imagenet.build(config, context(seed=5))
    resumed.load_state_dict(training.state_dict())
    assert resumed.train_epoch().train_loss == training.train_epoch().train_loss
    assert resumed.validate() == training.validate()


def test_intact_data_pass_the_check(folders):
    workload().check_data(folders)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\xff\xd8\xff\xe0 cut off"])
@pytest.mark.parametrize("part", ["train", "val"])
def test_a_broken_image_is_found_before_the_search(folders, part, content):
    path = folders / "imagenet" / part / "n02102040" / "broken.JPEG"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.JPEG"):
        workload().check_data(folders)


def test_a_single_image_cannot_be_split(write_folders, jpeg):
    root = write_folders({f"{part}/n01440764/a.JPEG": jpeg() for part in ("train", "val")})
    with pytest.raises(DataError, match="two images or more"):
        workload().check_data(root)


def test_a_search_runs_on_it(folders, sequential_run):
    result = sequential_run(
        workload="imagenet",
        workload_options={"image_size": 32, "depth": 10, "width": 0.125, "batch_size": 8},
        data=folders,
        trials=2,
        epochs=1,
        threads=1,
    )
    assert result.summary["failed_trials"] == 0
    assert 0 <= result.summary["test_value"] <= 1


@pytest.mark.parametrize(("option", "number"), [("classes", 99999), ("images_per_class", 99999)])
def test_more_than_the_data_have_is_refused_before_the_search(folders, option, number):
    with pytest.raises(DataError, match=f"{option} asks for {number} .* (has|have) (10|3)"):
        workload(**{option: number}).check_data(folders)
