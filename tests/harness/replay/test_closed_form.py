"""Trainings in closed form: asked for on a command line, and what is wrong with such a request."""

import pytest

from harness.errors import RequestError
from harness.replay.ask import replay_as_asked
from harness.report.collection import collect
from harness.testing.tables import WORKLOAD


@pytest.fixture
def asked(tmp_path):
    def ask(*settings, table=None, closed_form=WORKLOAD, **options):
        given = {"backend": "deephyper", "workers": 2, "trials": 4, **options}
        out = tmp_path / "replays"
        return replay_as_asked(given, settings, table, [0], out, lambda line: None, closed_form)

    return ask


def test_seconds_and_epochs_are_those_asked_for(asked):
    [summary] = asked("closed_form.epoch_s=10", "closed_form.setup_s=1", epochs=3, algo="rand")
    assert summary["runtime_s"] == pytest.approx(2 * (3 * 10 + 1))
    assert summary["replay"]["times"]["epoch_s"] == 10
    assert summary["replay"]["closed_form"] == WORKLOAD


def test_a_spread_sets_the_seconds_of_configurations_apart(asked):
    [summary] = asked("closed_form.epoch_s=10", "closed_form.spread=1", epochs=1)
    assert summary["ledger"]["train"] > 0
    assert summary["ledger"]["train"] != pytest.approx(40)


def test_an_algorithm_that_suggests_searches_it_without_a_surrogate(asked):
    [summary] = asked("closed_form.spread=0.5", algo="regevo", trials=12)
    assert summary["replay"]["values"] == "in closed form"
    assert "surrogate" not in summary["replay"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"table": "digits.parquet"}, "--table and --closed-form exclude each other"),
        ({"closed_form": "no.such:Workload"}, "no.such"),
        ({"workload": "digits"}, "--closed-form names the workload"),
    ],
)
def test_wrong_requests_are_refused_in_one_line(asked, options, said):
    with pytest.raises(RequestError, match=said) as refused:
        asked(**options)
    assert "\n" not in str(refused.value)


def test_times_that_do_not_exist_are_named(asked):
    with pytest.raises(RequestError, match=r"closed_form\.'epoch'.*Known: epoch_s, spread"):
        asked("closed_form.epoch=3")


def test_times_of_a_closed_form_are_no_settings_of_a_table(asked):
    with pytest.raises(RequestError, match="a table has its times"):
        asked("closed_form.epoch_s=3", closed_form=None)


def test_replays_in_closed_form_are_read_by_reports(asked, tmp_path):
    asked(algo="rand")
    collection = collect([tmp_path / "replays"])
    assert len(collection.runs) == 1 and not collection.skipped
