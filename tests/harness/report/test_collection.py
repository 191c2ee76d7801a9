import json

import pytest

from harness.report.collection import collect
from harness.report.write import write_report
from harness.testing.synthetic_search import AMP_SPEED_UP


def edit_json(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_seeds_of_one_search_are_one_group(write_runs):
    collection = collect([write_runs(seed=[0, 1, 2], precision=["fp32", "amp"])])
    groups = collection.table.groupby("group")["seed"].apply(list)
    assert list(groups) == [[0, 1, 2], [0, 1, 2]]
    assert collection.differences == ()


@pytest.mark.parametrize(
    "settings, aspect",
    [
        ({"cpu": ["one processor", "another"]}, "hardware"),
        ({"trials": [4, 6]}, "budget"),
        ({"workers": [1, 2]}, "workers"),
        ({"checkpoint_interval": [1, 5]}, "checkpoint interval"),
    ],
)
def test_runs_that_do_not_compare_are_kept_apart_and_named(write_runs, settings, aspect):
    collection = collect([write_runs(seed=[0, 1], epochs=3, **settings)])
    assert collection.table["group"].nunique() == 2
    assert list(collection.table.groupby("group")["seed"].nunique()) == [2, 2]
    names = collection.table["problem"] + collection.table["search"]
    assert names.nunique() == 2
    found = {difference.aspect: difference for difference in collection.differences}
    assert found[aspect].effect == "kept apart" and found[aspect].why


def test_another_version_is_named_and_averaged(write_runs):
    runs = write_runs(seed=[0, 1], trials=2, epochs=2)
    edit_json(runs / "001" / "environment.json", versions={"hpo-harness": "0", "torch": "9"})
    collection = collect([runs])
    assert collection.table["group"].nunique() == 1
    assert [(d.aspect, d.effect) for d in collection.differences] == [("versions", "averaged")]


def test_budgets_of_different_algorithms_stand_side_by_side(write_runs):
    write_runs(algo="rand", trials=4, epochs=3)
    collection = collect([write_runs(algo="asha", trials=8, epochs=3)])
    assert [(d.aspect, d.effect) for d in collection.differences] == [("budget", "side by side")]
    assert list(collection.table["search"]) == ["ray rand", "ray asha"]


def test_long_settings_are_named_by_letters(write_runs):
    cpus = [f"a processor whose name takes half a line, model {i}" for i in (1, 2)]
    collection = collect([write_runs(cpu=cpus, trials=2, epochs=2)])
    assert sorted(collection.table["conditions"]) == ["hardware A", "hardware B"]


def test_epochs_of_failed_trials_are_no_part_of_the_result(write_runs):
    import pandas as pd

    runs = write_runs(trials=3, epochs=2)
    path = runs / "000" / "trials.parquet"
    trials = pd.read_parquet(path)
    trials.loc[1, "status"] = "failed"
    trials.to_parquet(path)
    collection = collect([runs])
    assert set(collection.trials["number"]) == {0, 2}
    assert set(collection.epochs["trial_id"].astype(str)) == {"t00000", "t00002"}


@pytest.mark.slow
def test_mixed_hardware_gives_no_speed_up_across_machines(write_runs, tmp_path, table_of):
    write_runs(precision="fp32", cpu="one processor", trials=4, epochs=3)
    report = write_report(
        [write_runs(precision="amp", cpu="another", trials=4, epochs=3)], tmp_path / "out", 0
    )
    table = table_of(report, "table1")
    assert len(table) == 2 and table["speed_up_amp"].isna().all()


@pytest.mark.slow
def test_a_skipped_run_is_in_no_number(write_runs, tmp_path, table_of):
    runs = write_runs(seed=[0, 1, 2], precision=["fp32", "amp"], trials=4, epochs=3)
    edit_json(runs / "000" / "summary.json", format=0, runtime_s=1e9)
    report = write_report([runs], tmp_path / "out", 0)
    (skipped,) = report.collection.skipped
    assert skipped.path.name == "000" and "format 0" in skipped.reason
    (row,) = table_of(report, "table1").to_dict(orient="records")
    assert row["n_fp32"] == 2 and row["n_amp"] == 3
    assert 1 < row["speed_up_amp"] < AMP_SPEED_UP
