"""What cannot be replayed is refused in one line."""

import json
import math

import pytest

from harness.config import RunConfig
from harness.errors import RequestError
from harness.replay.ask import costs_of
from harness.replay.costs import ReplayCosts, rank_speed_up
from harness.replay.request import resolve_replay
from harness.replay.seeds import parse_seeds
from harness.replay.table_file import read_table


def refusal(table, costs=None, **settings):
    config = RunConfig(**{"backend": "deephyper", "workers": 2, "trials": 8, **settings})
    with pytest.raises(RequestError) as refused:
        resolve_replay(config, table, costs or ReplayCosts())
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_more_workers_than_trials_are_refused(table):
    assert "9 workers have nothing to do with 8 trials" in refusal(table, workers=9)


@pytest.mark.parametrize(
    ("backend", "algo"), [("ray", "pbt"), ("ray", "pb2"), ("propulate", "pbt")]
)
def test_population_based_training_is_refused_on_a_table_with_the_reason(table, backend, algo):
    assert "a table holds no such training" in refusal(table, backend=backend, algo=algo)


def test_an_algorithm_that_no_engine_has_is_refused(table):
    assert "There is no algorithm 'magic'" in refusal(table, algo="magic")


def test_a_backend_that_knows_no_virtual_time_is_refused(table):
    name = "harness.testing.backends:SequentialBackend"
    assert "cannot be replayed in virtual time" in refusal(table, backend=name)


def test_more_ranks_than_recorded_need_a_scaling_law(table):
    assert "--set costs.serial_share" in refusal(table, ranks_per_trial=4)
    config = RunConfig(backend="deephyper", workers=2, trials=8, ranks_per_trial=4)
    resolved = resolve_replay(config, table, ReplayCosts(serial_share=0.0))
    assert resolved.speed == 4.0 == rank_speed_up(0.0, 1, 4)


def test_a_time_limit_is_refused(table):
    assert "no time limit" in refusal(table, time_limit=5)


@pytest.mark.parametrize("backend", ["ray", "deephyper", "propulate"])
def test_an_engine_whose_internals_changed_is_refused_by_name(table, backend, monkeypatch):
    from harness.plugins.loading import load_backend

    kind = type(load_backend(backend))
    monkeypatch.setattr(kind, "changed_internals", lambda self: "it has no 'step'")
    said = refusal(table, backend=backend)
    assert f"The installed {backend} is not one that can be replayed: it has no 'step'" in said


@pytest.mark.parametrize(
    "costs",
    [{name: value} for value in (math.inf, math.nan, -1.0) for name in ("trial_s", "restart_s")]
    + [{"speed": value} for value in (math.inf, 0.0, 1e-320, 1e300)]
    + [{"slot_starts_s": value} for value in ([math.nan], [1.0, -5.0], [math.inf])]
    + [{"failures_per_worker_hour": math.inf}, {"startup_s": math.inf}],
)
def test_costs_are_times_that_pass(costs):
    with pytest.raises(RequestError, match=r"^Cost .* Costs: "):
        costs_of(costs)


@pytest.mark.parametrize("setting", [{"device": "cuda"}, {"threads": 2}, {"training_seed": 5}])
def test_a_setting_without_a_meaning_is_refused(table, setting):
    assert f"Setting '{next(iter(setting))}' means nothing" in refusal(table, **setting)


def test_deaths_that_let_hardly_an_epoch_be_whole_are_refused(table):
    costs = ReplayCosts(failures_per_worker_hour=1e5)
    assert "a worker dies every 0.036 s" in refusal(table, costs)
    rare = ReplayCosts(failures_per_worker_hour=1.0, failure_takes_all=True, restart_s=40000.0)
    assert "one of the workers dies every 1.8e+03 s" in refusal(table, rare)


def test_bandwidth_needs_sizes_of_states(written):
    def forget(rows):
        return rows.assign(state_bytes=0)

    assert "how large a state is" in refusal(
        read_table(written(forget)), ReplayCosts(bandwidth=1.0)
    )


def test_times_of_several_machines_are_said_to_be(written):
    def mix(rows):
        another = {**json.loads(rows["hardware"].iloc[0]), "cpu": "another"}
        rows.loc[rows["number"] == 3, "hardware"] = json.dumps(another)
        return rows

    config = RunConfig(backend="deephyper", workers=2, trials=8)
    resolved = resolve_replay(config, read_table(written(mix)), ReplayCosts())
    assert resolved.warnings == (
        "The table's seconds are those of 2 machines, and are taken as if of one.",
    )


def test_costs_that_do_not_exist_are_refused():
    with pytest.raises(RequestError, match=r"Cost 'nap_s' does not exist. Costs: suggestion_s"):
        costs_of({"nap_s": 1})


def test_seeds_are_ranges_or_lists():
    assert parse_seeds("0-3,7") == [0, 1, 2, 3, 7]
    for wrong in ("", "a", "3-1", "-1", "1;2"):
        with pytest.raises(RequestError, match="--seeds"):
            parse_seeds(wrong)


def test_a_table_answers_the_seeds_own_training_where_it_has_it(written):
    table = read_table(written())
    own = table.trainings[5]
    assert table.curve(own.config, own.number, own.seed) is own.curve
    other = table.curve(own.config, own.number + 100, own.seed)
    assert other in [t.curve for t in table.trainings if t.config == own.config]


def test_a_table_refuses_a_configuration_that_it_has_not(table):
    with pytest.raises(RequestError, match="12 configurations only"):
        table.curve({"lr": 1.0}, 0, 0)


def test_configurations_are_drawn_each_once_before_any_again(table):
    drawn = table.draw(30, seed=3)
    first = [str(config) for config in drawn[:12]]
    assert len(set(first)) == 12
    assert table.draw(30, seed=3) == drawn != table.draw(30, seed=4)
