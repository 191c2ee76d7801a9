import numpy as np
import pytest
import torch

from harness.errors import DataError, RequestError
from harness.machine.hardware import detect_hardware
from harness.plugins.loading import load_workload
from harness.precision import Precision, resolve_precision
from harness.space import sample_configurations
from harness.workload import BuildContext
from workloads.cfd.options import CfdOptions
from workloads.cfd.workload import CfdWorkload

CPU = torch.device("cpu")
SMALL = {"synthetic": {"snapshots": 4, "shape": (12, 6, 16)}, "batch_size": 6}
CONFIG = {
    "lr": 0.02,
    "weight_decay": 1e-5,
    "momentum": 0.9,
    "nesterov": True,
    "warmup_epochs": 1,
}
PRECISIONS = {
    "fp32": Precision("fp32", "cpu", None, scale_gradients=False, tf32=False),
    "amp": resolve_precision("amp", "cpu", detect_hardware()),
}


@pytest.fixture
def workload():
    """Builds a loaded workload; without a root, on a small synthetic flow."""

    def build(root=None, **options):
        loaded = CfdWorkload(CfdOptions(**{**SMALL, **options}))
        loaded.load_data(root, 0, CPU)
        return loaded

    return build


def build_training(workload, precision="fp32", seed=1, **changes):
    context = BuildContext(PRECISIONS[precision], CPU, seed, max_epochs=3)
    return workload.build({**CONFIG, **changes}, context)


def curve(training, epochs=2):
    return [(training.train_epoch().train_loss, training.validate()) for _ in range(epochs)]


def test_the_entry_point_gives_the_workload():
    assert isinstance(load_workload("cfd", {}), CfdWorkload)
    assert CfdWorkload.metric.mode == "min"


def test_the_space_has_the_five_dimensions_of_the_paper():
    drawn = sample_configurations(CfdWorkload().space(), 200, 0)
    assert set(drawn[0]) == {"lr", "weight_decay", "momentum", "nesterov", "warmup_epochs"}
    assert all(1e-4 <= config["lr"] <= 1.0 for config in drawn)
    assert all(1e-6 <= config["weight_decay"] <= 1e-2 for config in drawn)
    assert all(0.0 <= config["momentum"] <= 0.99 for config in drawn)
    assert {config["warmup_epochs"] for config in drawn} == {1, 2, 3, 4, 5}
    assert {type(config["nesterov"]) for config in drawn} == {bool}
    assert {config["nesterov"] for config in drawn} == {False, True}


def test_weight_decay_may_be_uniform():
    space = CfdWorkload(CfdOptions(weight_decay="uniform")).space()
    assert (space["weight_decay"].lower, space["weight_decay"].upper) == (0.0, 0.1)


def test_what_population_based_training_may_change_is_in_the_space():
    assert set(CfdWorkload.mutable) < set(CfdWorkload().space())


def test_nesterov_without_momentum_trains_as_plain_sgd(workload):
    loaded = workload()
    plain = curve(build_training(loaded, momentum=0.0, nesterov=False))
    assert curve(build_training(loaded, momentum=0.0, nesterov=True)) == plain


def test_every_option_says_what_it_does():
    assert all(field.description for field in CfdOptions.model_fields.values())


def test_options_survive_being_written_to_a_file():
    options = CfdOptions(**SMALL, chunk_width=4)
    assert CfdOptions.model_validate(options.model_dump(mode="json")) == options


@pytest.mark.parametrize("precision", PRECISIONS)
def test_training_learns(workload, precision):
    training = build_training(workload(), precision)
    losses = [training.train_epoch().train_loss for _ in range(6)]
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_trial_twice_gives_bitwise_the_same_curve(workload, precision):
    first = curve(build_training(workload(), precision))
    assert curve(build_training(workload(), precision)) == first
    assert curve(build_training(workload(), precision, seed=2)) != first


def test_a_restored_training_goes_on_bitwise_as_the_first(workload):
    loaded = workload()
    training = build_training(loaded)
    curve(training, 1)
    restored = build_training(loaded, seed=7)
    restored.load_state_dict(training.state_dict())
    assert curve(restored) == curve(training)


def test_the_split_does_not_depend_on_the_seed(flow_root):
    splits = []
    for seed in (0, 1):
        loaded = CfdWorkload(CfdOptions())
        loaded.load_data(flow_root, seed, CPU)
        splits.append(build_training(loaded).validate())
    assert splits[0] == splits[1]


@pytest.mark.slow
def test_data_beyond_the_memory_budget_are_streamed_with_the_same_result(workload, flow_root):
    held = curve(build_training(workload(flow_root, block_planes=2, window_blocks=2)))
    streamed = workload(flow_root, block_planes=2, window_blocks=2, memory_budget_gib=0)
    assert curve(build_training(streamed)) == held


def test_a_learning_rate_far_too_high_ends_in_a_loss_that_is_not_finite(workload):
    training = build_training(workload(), lr=1e6)
    assert not all(np.isfinite(training.train_epoch().train_loss) for _ in range(6))


def test_building_before_loading_is_an_error():
    with pytest.raises(RuntimeError, match="load_data"):
        build_training(CfdWorkload())


def test_sound_data_pass_the_check(flow_root):
    CfdWorkload().check_data(flow_root)
    CfdWorkload().check_data(None)


def test_a_missing_component_is_found_before_the_search(flow_root, random_fields, write_file):
    fields = random_fields((8, 5, 12))
    del fields["w"]
    write_file(flow_root / "testfolder" / "case" / "box005.hdf5", fields)
    with pytest.raises(DataError, match=r"box005\.hdf5 has no dataset w"):
        CfdWorkload().check_data(flow_root)


def test_a_test_snapshot_of_another_shape_is_found_before_the_search(
    flow_root, random_fields, write_file
):
    write_file(flow_root / "testfolder" / "case" / "box005.hdf5", random_fields((8, 6, 12)))
    with pytest.raises(DataError, match=r"box005\.hdf5 has z × y × x = 8 × 6 × 12"):
        CfdWorkload().check_data(flow_root)


@pytest.mark.parametrize(("bad", "message"), [(np.nan, "not finite"), (None, "everywhere")])
def test_bad_values_of_few_snapshots_are_found_before_the_search(
    flow_root, random_fields, write_file, bad, message
):
    write_bad_values(flow_root, random_fields, write_file, bad)
    with pytest.raises(DataError, match=rf"box005\.hdf5: u .*{message}"):
        CfdWorkload().check_data(flow_root)


def test_bad_values_of_many_snapshots_are_found_when_they_are_loaded(
    flow_root, random_fields, write_file, monkeypatch
):
    monkeypatch.setattr("workloads.cfd.snapshot_split.QUICK_VALUES", 0)
    write_bad_values(flow_root, random_fields, write_file, np.nan)
    workload = CfdWorkload(CfdOptions(memory_budget_gib=0))
    workload.check_data(flow_root)
    with pytest.raises(DataError, match="u has values that are not finite"):
        workload.load_data(flow_root, 0, CPU)


def write_bad_values(flow_root, random_fields, write_file, bad):
    """Put one bad value into the test snapshot; None for a component without variance."""
    fields = random_fields((8, 5, 12))
    fields["u"][(0, 0, 0) if bad is not None else ...] = 1.0 if bad is None else bad
    write_file(flow_root / "testfolder" / "case" / "box005.hdf5", fields)


def test_generated_files_give_the_flow_that_is_used_without_data(tmp_path, workload, h5py):
    settings = SMALL["synthetic"]
    files = CfdWorkload().generate_data(tmp_path / "flow", **settings)
    assert [path.parent.parent.name for path in files] == ["trainfolder"] * 3 + ["testfolder"]
    from_files = build_training(workload(tmp_path / "flow"))
    in_memory = build_training(workload())
    assert curve(from_files) == curve(in_memory)
    assert from_files.test() == in_memory.test()


def test_generated_files_say_that_they_are_synthetic(tmp_path, h5py):
    files = CfdWorkload().generate_data(tmp_path, **SMALL["synthetic"])
    with h5py.File(files[0]) as file:
        assert file.attrs["synthetic"]
        assert "Synthetic" in file.attrs["title"]


def test_data_are_not_generated_over_others(flow_root):
    with pytest.raises(RequestError, match="exists already"):
        CfdWorkload().generate_data(flow_root)


def test_a_wrong_setting_of_the_generator_is_named(tmp_path):
    with pytest.raises(RequestError, match=r"snapshots: .*Options: snapshots, shape, seed"):
        CfdWorkload().generate_data(tmp_path, snapshots=1)
