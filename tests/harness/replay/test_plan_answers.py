"""What is read from a plan's replays: no more than so many searches show."""

import math

import numpy as np
import pandas as pd
import pytest

from harness.replay.planning.answers import answers_of
from harness.replay.planning.evidence import FEWEST_TO_BE_SURE, SURE, share_interval, spread

NAN = float("nan")


def searches_of(cells, **changed):
    """One row a search, as `replay_cells` gives them: workers, and seconds to the target."""
    rows = []
    for workers, seconds in cells:
        for seed, target_s in enumerate(seconds):
            row = {
                **{"precision": "fp32", "backend": "ray", "algo": "rand", "ranks": 1},
                **{"values": "recorded", "arithmetic": "native", "workers": workers, "seed": seed},
                **{"runtime_s": 60.0, "worker_hours": workers / 60, "device_hours": workers / 60},
                **{"best_value": 0.9, "target_s": target_s},
                **{"reaches_target": not math.isnan(target_s)},
            }
            rows.append({**row, **changed})
    return pd.DataFrame(rows)


def timed(runtimes):
    rows = searches_of([(workers, [1.0]) for workers in runtimes])
    return rows.assign(runtime_s=[float(seconds) for seconds in runtimes.values()])


def test_the_cheapest_way_is_one_that_nine_of_ten_searches_reach():
    answers = answers_of(
        searches_of([(1, [40.0, 40.0]), (2, [10.0, NAN]), (4, [15.0, 15.0])]), has_target=True
    )
    assert answers.cheapest["workers"] == 1
    assert answers.table.set_index("workers")["reached"].to_dict() == {1: 1.0, 2: 0.5, 4: 1.0}


def test_a_search_that_misses_the_target_takes_longest_to_it():
    answers = answers_of(searches_of([(1, [10.0, 20.0, NAN, NAN, 30.0])]), has_target=True)
    assert answers.table["target_s"].tolist() == [30.0]
    answers = answers_of(searches_of([(1, [10.0, NAN, NAN])]), has_target=True)
    assert answers.table["target_s"].isna().all()


@pytest.mark.parametrize(
    ("runtimes", "pays", "most", "refused"),
    [
        ({1: 100, 2: 50, 4: 25}, 4, True, None),
        ({1: 100, 2: 50, 4: 45}, 2, False, 4),
        ({1: 100, 2: 90, 4: 20}, 1, False, 2),
        ({1: 100, 16: 90}, 1, False, 16),
        ({1: 100, 16: 6.25}, 16, True, None),
    ],
)
def test_workers_pay_as_long_as_a_doubling_takes_a_fifth_off(runtimes, pays, most, refused):
    found = answers_of(timed(runtimes), has_target=False).saturation.iloc[0]
    assert (found["workers_that_pay"], found["is_most_compared"]) == (pays, most)
    assert pd.isna(found["next_compared"]) if refused is None else found["next_compared"] == refused


@pytest.mark.parametrize(
    "searches",
    [
        timed({4: 100}),
        timed({1: 100, 2: 50}).assign(best_value=NAN),
        timed({1: 100, 2: 50}).assign(runtime_s=NAN, arithmetic="emulated"),
    ],
    ids=["one number of workers", "no search has a value", "emulated"],
)
def test_nothing_is_said_of_workers_where_nothing_can_be_compared(searches):
    assert answers_of(searches, has_target=False).saturation.empty


def test_emulated_searches_are_never_the_cheapest():
    fast = searches_of([(1, [NAN])], precision="amp", arithmetic="emulated", reaches_target=True)
    both = pd.concat([fast, searches_of([(1, [40.0])])])
    assert answers_of(both, has_target=True).cheapest["precision"] == "fp32"
    alone = answers_of(fast, has_target=True)
    assert alone.cheapest is None and alone.sure["precision"].tolist() == ["amp"]


def test_a_best_value_is_that_of_the_searches_that_have_one():
    rows = searches_of([(1, [NAN] * 4)]).assign(best_value=[NAN, 0.5, 0.7, 0.9])
    found = answers_of(rows, has_target=False).table.iloc[0]
    assert (found["searches"], found["searches_with_value"]) == (4, 3)
    assert tuple(found[["best_value_low", "best_value", "best_value_high"]]) == (0.5, 0.7, 0.9)
    none = answers_of(rows.assign(best_value=NAN), has_target=False).table.iloc[0]
    assert none["searches_with_value"] == 0 and pd.isna(none["best_value"])


def test_an_interval_is_no_more_than_its_searches_show():
    assert np.isnan(spread([])).all()
    low, middle, high = spread([3.0])
    assert middle == 3.0 and np.isnan([low, high]).all()
    assert spread([3.0, 1.0, NAN]) == (1.0, 2.0, 3.0)
    assert spread([float(n) for n in range(19)]) == (0.0, 9.0, 18.0)
    assert spread([float(n) for n in range(21)]) == (1.0, 10.0, 19.0)


def test_a_share_has_the_exact_interval_of_its_searches():
    assert share_interval(1, 1) == pytest.approx((0.025, 1.0))
    assert share_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert share_interval(9, 10) == pytest.approx((0.5550, 0.9975), abs=1e-4)
    fewest = FEWEST_TO_BE_SURE
    assert share_interval(fewest - 1, fewest - 1)[0] < SURE <= share_interval(fewest, fewest)[0]
