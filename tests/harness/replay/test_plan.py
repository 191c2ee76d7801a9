"""A plan, from the words of its command to its page."""

import pandas as pd
import pytest

from harness.errors import RequestError
from harness.replay.planning.ask import plan_as_asked


@pytest.fixture
def planned(written, tmp_path):
    made = iter(range(100))

    def plan(
        searches=("deephyper:asha",),
        workers="1,2,4",
        target=None,
        settings=(),
        trials=8,
        seeds=3,
        ranks="1",
        table=None,
        out=None,
        tell=lambda line: None,
    ):
        out = out or tmp_path / f"plan{next(made)}"
        table = table or written()
        return plan_as_asked(
            table, searches, workers, ranks, trials, seeds, target, (), settings, out, tell
        )

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
    assert (
        "Not known" in text and "engines cost no time" in text and said[0].rstrip(".")[:20] in text
    )


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


def refused(planned, said, **options):
    told = []
    with pytest.raises(RequestError, match=said):
        planned(**options, tell=told.append)
    assert told == []


@pytest.mark.parametrize("wrong", ["ray:pbt", "x:rand", "deephyper:x", "deephyper:cbo"])
def test_all_searches_are_checked_before_the_first_replay(planned, wrong):
    # 'cbo' needs a surrogate, which values at random do not bear.
    said = "no such training|no backend|no algorithm|surrogate"
    refused(planned, said, searches=("deephyper:rand", wrong))


def test_ranks_are_checked_before_the_first_replay(planned):
    refused(planned, "trainings on 1 ranks a trial, not on 2", ranks="1,2")


def test_an_output_that_cannot_be_written_is_refused_before_the_first_replay(planned, tmp_path):
    (tmp_path / "file").touch()
    refused(planned, "cannot be written", out=tmp_path / "file" / "plan")
    refused(planned, "holds other files", out=tmp_path / "file")


def failing(chosen, epoch):
    def change(rows):
        rows.loc[chosen(rows), "failed_epoch"] = epoch
        return rows

    return change


def everything(rows):
    return rows["number"] >= 0


def test_a_table_without_values_is_refused_before_the_first_replay(planned, written):
    refused(planned, "fails in its first epoch", table=written(failing(everything, 1)))


def test_a_plan_says_where_all_trials_fail(planned, written):
    page, said = planned(
        searches=("deephyper:rand",), workers="1,2", table=written(failing(everything, 3))
    )
    assert "deephyper rand in fp32, 1 rank a trial: no search has a value" in " ".join(said)
    assert not any("workers pay" in line for line in said)
    assert pd.read_csv(page.parent / "plan.csv")["best_value"].isna().all()
    assert "nan" not in page.read_text().lower()


def test_a_plan_says_in_how_many_searches_all_trials_fail(planned, written):
    page, said = planned(
        searches=("deephyper:rand",),
        workers="1",
        trials=1,
        seeds=6,
        table=written(failing(lambda rows: rows["number"] % 2 == 0, 2)),
    )
    valued = int(pd.read_csv(page.parent / "plan.csv")["searches_with_value"].iloc[0])
    assert 0 < valued < 6
    assert f"all trials fail in {6 - valued} of 6 searches" in " ".join(said)


def test_workers_beyond_the_trials_are_named_as_left_out(planned):
    told = []
    page, said = planned(searches=("deephyper:rand",), workers="1,2,16,32", tell=told.append)
    line = "Left out: 16, 32 workers; a search of 8 trials has work for 8 at most."
    assert told[0] == line and line in said and line in page.read_text()
    assert any("pay up to 2, the most that were compared" in line for line in said)
    left_out = pd.read_csv(page.parent / "left-out.csv")
    assert list(left_out["workers"]) == [16, 32]
    assert set(left_out["why"]) == {"more workers than the 8 trials of a search"}


def test_one_number_of_workers_that_is_left_says_nothing_of_others(planned):
    page, said = planned(searches=("deephyper:rand",), workers="1,16")
    assert not any("pay" in line for line in said)
    assert pd.read_csv(page.parent / "saturation.csv").empty


def in_two_precisions(**amp):
    def change(rows):
        return pd.concat([rows, rows.assign(precision="amp", **amp)], ignore_index=True)

    return change


def test_no_time_of_emulated_trainings_is_given(planned, written):
    table = written(in_two_precisions(arithmetic="emulated", train_s=0.01))
    page, said = planned(
        searches=("deephyper:rand",), workers="1,2", target=0.5, table=table, seeds=2
    )
    cells = pd.read_csv(page.parent / "plan.csv").set_index("precision")
    times = [name for name in cells if "_s" in name or "hours" in name]
    times = [name for name in times if not name.startswith("searches")]
    assert len(times) == 11
    assert cells.loc["amp", times].isna().all(axis=None)
    assert cells.loc["fp32", times].notna().all(axis=None)
    assert cells["best_value"].notna().all() and cells["reached"].notna().all()
    searches = pd.read_csv(page.parent / "searches.csv").set_index("precision")
    assert searches.loc["amp", ["runtime_s", "device_hours", "target_s"]].isna().all(axis=None)
    assert set(pd.read_csv(page.parent / "saturation.csv")["precision"]) == {"fp32"}
    text = page.read_text()
    assert text.count("<td>emulated</td>") == 2 * (len(times) + 1)
    assert "Measured: values of the trainings in amp, on" in text
    assert "values and seconds of the trainings in fp32" in text
    assert "in fp32 with" in said[0]
    assert any(line.startswith("Trainings in amp are emulated") for line in said)


def test_a_plan_of_emulated_trainings_alone_gives_values(planned, written):
    table = written(lambda rows: rows.assign(arithmetic="emulated"))
    page, said = planned(searches=("deephyper:rand",), workers="1,2", target=0.5, table=table)
    assert said[0] == "Only emulated searches, in fp32, reach 0.5; the cost is not known."
    assert "plan.png" not in page.read_text() and not (page.parent / "plan.png").exists()


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
        ({"target": float("nan")}, "--target wants a number"),
    ],
)
def test_wrong_requests_are_refused_in_one_line(planned, options, said):
    with pytest.raises(RequestError, match=said) as refused:
        planned(**options)
    assert "\n" not in str(refused.value)
