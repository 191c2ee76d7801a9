"""A plan: intervals for a grid of searches, the cheapest way, and where workers stop paying."""

import pandas as pd
import pytest

from harness.errors import RequestError
from harness.replay.planning.answers import answers_of
from harness.replay.planning.ask import plan_as_asked


@pytest.fixture
def planned(written, tmp_path):
    made = iter(range(100))

    def plan(searches=("deephyper:asha",), workers="1,2,4", target=None, settings=(), trials=8):
        out = tmp_path / f"plan{next(made)}"
        page, said = plan_as_asked(
            written(), searches, workers, "1", trials, 3, target, (), settings, out, lambda _: None
        )
        return page, said

    return plan


@pytest.mark.slow
def test_a_plan_is_a_page_a_picture_and_tables(planned):
    page, said = planned(target=0.9)
    assert {path.name for path in page.parent.iterdir()} == {
        "index.html",
        "plan.png",
        "plan.csv",
        "saturation.csv",
        "searches.csv",
    }
    table = pd.read_csv(page.parent / "plan.csv")
    assert list(table["workers"]) == [1, 2, 4] and set(table["searches"]) == {3}
    assert (table["runtime_s_low"] <= table["runtime_s"]).all()
    assert table["runtime_s"].is_monotonic_decreasing
    text = page.read_text()
    assert "Not known" in text and "Assumed: nothing" in text and said[0].rstrip(".")[:20] in text


def test_ranks_cost_their_devices(written, tmp_path):
    plan_as_asked(
        written(),
        ("deephyper:rand",),
        "2",
        "1,4",
        8,
        2,
        None,
        (),
        ("costs.serial_share=0.5",),
        tmp_path / "plan",
        lambda _: None,
    )
    table = pd.read_csv(tmp_path / "plan" / "plan.csv").set_index("ranks")
    speed_up = 1 / (0.5 + 0.5 / 4)
    assert table.loc[4, "runtime_s"] == pytest.approx(table.loc[1, "runtime_s"] / speed_up)
    assert table.loc[4, "device_hours"] == pytest.approx(
        4 / speed_up * table.loc[1, "device_hours"]
    )


def test_a_target_that_no_training_reaches_is_refused(planned):
    with pytest.raises(RequestError, match=r"No recorded training reaches the target 2; the best"):
        planned(target=2.0)


def test_a_plan_with_more_workers_than_trials_everywhere_is_refused(planned):
    with pytest.raises(RequestError, match="more workers than the 8 trials"):
        planned(workers="16,32")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"searches": ("asha",)}, "--search wants ENGINE:ALGORITHM"),
        ({"workers": "many"}, "--workers wants numbers"),
        ({"settings": ("epochs=3",)}, "takes costs only"),
        ({"searches": ("ray:pbt",)}, "a table holds no such training"),
    ],
)
def test_wrong_requests_are_refused_in_one_line(planned, options, said):
    with pytest.raises(RequestError, match=said) as refused:
        planned(**options)
    assert "\n" not in str(refused.value)


def test_the_cheapest_way_is_one_that_nine_of_ten_searches_reach():
    row = {"precision": "fp32", "backend": "ray", "algo": "rand", "ranks": 1, "values": "recorded"}
    rows = []
    for workers, target_s in ((1, [40.0, 40.0]), (2, [10.0, float("nan")]), (4, [15.0, 15.0])):
        for seed, seconds in enumerate(target_s):
            hours = workers * 60 / 3600
            rows.append(
                {
                    **row,
                    "workers": workers,
                    "seed": seed,
                    "runtime_s": 60.0,
                    "worker_hours": hours,
                    "device_hours": hours,
                    "best_value": 0.9,
                    "target_s": seconds,
                }
            )
    answers = answers_of(pd.DataFrame(rows), has_target=True)
    assert answers.cheapest["workers"] == 1
    assert answers.table.set_index("workers")["reached"].to_dict() == {1: 1.0, 2: 0.5, 4: 1.0}


@pytest.mark.parametrize(
    ("runtimes", "pays", "largest"),
    [((100, 50, 25), 4, True), ((100, 50, 45), 2, False), ((100, 90, 20), 1, False)],
)
def test_workers_pay_as_long_as_a_doubling_takes_a_fifth_off(runtimes, pays, largest):
    rows = [
        {
            **{"precision": "fp32", "backend": "ray", "algo": "rand", "ranks": 1},
            **{"values": "recorded", "workers": workers, "seed": 0, "runtime_s": float(seconds)},
            **{"worker_hours": 1.0, "device_hours": 1.0, "best_value": 0.9, "target_s": 0.0},
        }
        for workers, seconds in zip((1, 2, 4), runtimes, strict=True)
    ]
    found = answers_of(pd.DataFrame(rows), has_target=False).saturation.iloc[0]
    assert (found["workers_that_pay"], found["is_largest_asked"]) == (pays, largest)
