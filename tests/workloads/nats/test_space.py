from harness.space import sample_configurations
from workloads.nats.options import ImageOptions
from workloads.nats.space import CHANNELS, MUTABLE, channel_numbers, size_space


def samples(number=200, **options):
    return sample_configurations(size_space(ImageOptions(**options)), number, seed=0)


def test_the_space_has_eight_dimensions():
    assert list(size_space(ImageOptions())) == [*CHANNELS, "lr", "warmup_epochs", "weight_decay"]


def test_channel_numbers_are_those_of_nats_bench_in_ascending_order():
    space = size_space(ImageOptions())
    for name in CHANNELS:
        assert space[name].sequence == (8, 16, 24, 32, 40, 48, 56, 64)


def test_every_choice_is_sampled_and_within_its_range():
    drawn = samples()
    assert {width for config in drawn for width in channel_numbers(config)} == set(range(8, 65, 8))
    assert {config["warmup_epochs"] for config in drawn} == {1, 2, 3, 4, 5}
    assert all(1e-4 <= config["lr"] <= 1.0 for config in drawn)
    assert all(1e-6 <= config["weight_decay"] <= 1e-2 for config in drawn)


def test_learning_rate_and_weight_decay_are_spread_over_orders_of_magnitude():
    drawn = samples()
    assert 80 <= sum(config["lr"] < 1e-2 for config in drawn) <= 120
    assert 80 <= sum(config["weight_decay"] < 1e-4 for config in drawn) <= 120


def test_weight_decay_may_be_uniform_up_to_a_tenth():
    drawn = samples(weight_decay="uniform")
    assert 0.08 < max(config["weight_decay"] for config in drawn) <= 0.1
    assert 80 <= sum(config["weight_decay"] < 0.05 for config in drawn) <= 120


def test_channel_choices_may_be_replaced():
    assert {width for config in samples(channels=[8, 16]) for width in channel_numbers(config)} == {
        8,
        16,
    }


def test_the_default_configuration_is_the_nats_bench_recipe():
    default = dict(size_space(ImageOptions()).get_default_configuration())
    assert channel_numbers(default) == (32,) * 5
    assert (default["lr"], default["weight_decay"], default["warmup_epochs"]) == (0.1, 5e-4, 1)


def test_mutable_hyperparameters_are_in_the_space_and_leave_the_network_alone():
    assert set(MUTABLE) < set(size_space(ImageOptions()))
    assert not set(MUTABLE) & set(CHANNELS)
