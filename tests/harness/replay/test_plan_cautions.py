"""What a plan says of itself: how few searches, which trainings, and a target that is none."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from harness.errors import RequestError
from harness.replay.costs import ReplayCosts
from harness.replay.planning.answers import answers_of
from harness.replay.planning.cautions import cautions
from harness.replay.planning.cells import PlanRequest
from harness.replay.planning.checks import check_plan
from harness.replay.planning.sentences import sentences


@pytest.fixture
def requested(table):
    def request(target=None, trials=8, seeds=40, tables=None):
        tables = tables or {"fp32": table}
        searches = (("deephyper", "rand"),)
        return PlanRequest(
            Path("table.parquet"),
            tables,
            searches,
            (1,),
            (1,),
            trials,
            seeds,
            target,
            ReplayCosts(),
        )

    return request


def answered(request, reaching=None, values="recorded"):
    row = {
        **{"backend": "deephyper", "algo": "rand", "ranks": 1, "workers": 1, "values": values},
        **{"arithmetic": "native", "runtime_s": 60.0, "worker_hours": 1.0, "device_hours": 1.0},
        **{"best_value": 0.9},
    }
    reaching = request.seeds if reaching is None else reaching
    rows = [
        {
            **row,
            "precision": name,
            "seed": seed,
            "reaches_target": seed < reaching,
            "target_s": 5.0 if seed < reaching else None,
        }
        for name in request.tables
        for seed in range(request.seeds)
    ]
    return answers_of(pd.DataFrame(rows).astype({"target_s": float}), request.target is not None)


def said(request, **options):
    return cautions(request, answered(request, **options))


def changed(table, values=None, mode="max", numbers=None):
    """The table with other values, another mode, or some of its configurations only."""
    trainings = [
        dataclasses.replace(
            training,
            curve=dataclasses.replace(training.curve, values=values or training.curve.values),
        )
        for training in table.trainings
        if numbers is None or training.number in numbers
    ]
    about = dataclasses.replace(table.about, mode=mode)
    return dataclasses.replace(table, about=about, trainings=tuple(trainings))


def test_a_plan_of_many_searches_of_a_table_that_bears_them_has_no_caution(requested):
    assert said(requested()) == []


@pytest.mark.parametrize(
    ("seeds", "line"),
    [
        (1, "Each cell is one search, which gives no interval"),
        (2, "2 searches a cell do not bear a 5th and a 95th percentile"),
        (19, "19 searches a cell do not bear"),
    ],
)
def test_few_searches_are_named_as_such(requested, seeds, line):
    (found,) = said(requested(seeds=seeds))
    assert found.startswith(line) and "--seeds" in found


@pytest.mark.parametrize(
    ("seeds", "reaching", "shares", "advice"),
    [
        (1, 1, "1 of 1 search reach it, exact 95% interval 3% to 100%", "--seeds 36 or more"),
        (2, 2, "2 of 2 searches reach it, exact 95% interval 16% to 100%", "--seeds 36 or more"),
        (40, 38, "38 of 40 searches reach it", "give a larger --seeds"),
        (40, 40, "40 of 40 searches reach it", None),
    ],
)
def test_a_share_is_claimed_no_further_than_its_searches_show(
    requested, seeds, reaching, shares, advice
):
    request = requested(target=0.9, seeds=seeds)
    line = sentences(request, answered(request, reaching))[0]
    assert shares in line
    assert line.endswith(").") if advice is None else advice in line


@pytest.mark.parametrize(("reaching", "open_"), [(0, False), (34, True)])
def test_a_target_that_is_missed_may_be_for_want_of_searches(requested, reaching, open_):
    request = requested(target=0.9)
    line = sentences(request, answered(request, reaching))[0]
    assert line.startswith("No cell reaches the target 0.9 in 90% of its searches (40)")
    assert ("larger --seeds" in line) is open_


def test_repeated_configurations_are_named_with_the_best_of_the_table(requested, table):
    (line,) = said(requested(trials=13))
    best = max(max(training.curve.values) for training in table.trainings)
    assert "the table has 12 configurations, so a search of 13 trials repeats some" in line
    assert line.endswith(f"no better than the table's {best:.4g}.")
    assert said(requested(trials=12)) == []


def test_a_surrogate_repeats_no_configuration(requested):
    request = requested(trials=100)
    assert said(request, values="from a surrogate") == []


@pytest.mark.parametrize(
    ("numbers", "common"),
    [(range(6, 12), "no configuration"), (range(5, 12), "1 configuration")],
)
def test_precisions_of_other_configurations_are_named(requested, table, numbers, common):
    tables = {"fp32": changed(table, numbers=range(6)), "amp": changed(table, numbers=numbers)}
    (line,) = said(requested(trials=6, tables=tables))
    assert f"have {common} in common" in line


def test_precisions_of_the_same_configurations_are_compared_without_a_word(requested, table):
    assert said(requested(tables={"fp32": table, "amp": table})) == []


@pytest.mark.parametrize(
    ("mode", "trivial", "real", "beyond"),
    [("max", -5.0, 0.3, 0.6), ("max", 0.2, 0.3, 0.6), ("min", 9.0, 0.15, 0.05)],
)
def test_a_target_that_every_first_epoch_reaches_is_no_target(
    requested, table, mode, trivial, real, beyond
):
    values = (0.2, 0.1, 0.5, 0.5)
    tables = {"fp32": changed(table, values, mode)}
    (line,) = said(requested(target=trivial, tables=tables))
    assert line.startswith(f"Every training reaches {trivial:g} in its first epoch")
    assert said(requested(target=real, tables=tables)) == []
    with pytest.raises(RequestError, match="No recorded training reaches"):
        check_plan(requested(target=beyond, tables=tables))


def test_what_a_training_would_have_after_its_failure_reaches_no_target(requested, table):
    failing = [
        dataclasses.replace(
            training,
            curve=dataclasses.replace(training.curve, values=(0.1, 0.2, 0.9, 0.9), failed_epoch=3),
        )
        for training in table.trainings
    ]
    tables = {"fp32": dataclasses.replace(table, trainings=tuple(failing))}
    with pytest.raises(RequestError, match=r"the best level is 0\.2"):
        check_plan(requested(target=0.5, tables=tables))
