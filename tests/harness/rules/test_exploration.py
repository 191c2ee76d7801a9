import math

import numpy as np
import pytest

from harness.rules.exploration import explore, quantiles
from harness.testing.workloads import AnalyticWorkload

CONFIG = {
    "lr": 0.1,
    "weight_decay": 0.05,
    "warmup_epochs": 3,
    "width": 16,
    "activation": "relu",
}


def mutate(config, mutable, seed=0, **options):
    return explore(
        config, AnalyticWorkload().space(), mutable, np.random.default_rng(seed), **options
    )


def test_only_mutable_hyperparameters_change():
    mutated = mutate(CONFIG, ["lr"])
    assert mutated["lr"] != CONFIG["lr"]
    assert {**mutated, "lr": 0} == {**CONFIG, "lr": 0}


def test_numbers_are_multiplied_by_a_factor():
    found = {mutate(CONFIG, ["lr"], seed, resample_probability=0.0)["lr"] for seed in range(20)}
    assert sorted(found) == pytest.approx([0.08, 0.12])


def test_mutated_values_stay_inside_the_space():
    config = dict(CONFIG)
    for seed in range(200):
        config = mutate(config, ["lr", "weight_decay", "warmup_epochs", "width"], seed)
        assert 1e-4 <= config["lr"] <= 1.0
        assert 0.0 <= config["weight_decay"] <= 0.1
        assert config["warmup_epochs"] in range(1, 6)
        assert config["width"] in {8, 16, 32, 64}
        assert type(config["warmup_epochs"]) is int


def test_ordinals_move_to_a_neighbour():
    found = {
        mutate(CONFIG, ["width"], seed, resample_probability=0.0)["width"] for seed in range(20)
    }
    assert found == {8, 32}


def test_the_same_generator_gives_the_same_mutation():
    assert mutate(CONFIG, ["lr"], seed=5) == mutate(CONFIG, ["lr"], seed=5)


def test_quantiles_split_the_population_in_both_directions():
    values = {member: float(member) for member in range(8)}
    assert quantiles(values, 0.25, larger_is_better=True) == ([0, 1], [6, 7])
    assert quantiles(values, 0.25, larger_is_better=False) == ([7, 6], [1, 0])


def test_quantiles_leave_failed_members_out():
    values = {0: math.nan, 1: 0.1, 2: 0.2}
    assert quantiles(values, 0.5, larger_is_better=True) == ([1], [2])


def test_a_single_member_has_nobody_to_copy():
    assert quantiles({0: 1.0}, 0.5, larger_is_better=True) == ([], [])


def test_quantiles_never_overlap():
    bottom, top = quantiles({m: float(m) for m in range(3)}, 0.5, larger_is_better=True)
    assert not set(bottom) & set(top)
