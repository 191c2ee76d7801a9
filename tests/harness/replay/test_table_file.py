"""A table is read as it was written, and one that is not whole is refused in one line."""

import json
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import RequestError
from harness.replay import table_file
from harness.replay.table_file import read_table


def refusal(path, **options):
    with pytest.raises(RequestError) as refused:
        read_table(path, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_table_is_read_as_it_was_written(table, written):
    assert read_table(written()) == table


def test_fewer_epochs_of_a_table_can_be_read(written):
    assert len(read_table(written(), epochs=3).trainings[0].curve.values) == 3


def test_a_missing_epoch_is_refused(written):
    path = written(lambda rows: rows.drop(index=rows.index[2]))
    assert "lacks epochs: configuration 0 with seed 0" in refusal(path)


def test_a_missing_seed_is_refused(written):
    path = written(lambda rows: rows[(rows["number"] != 5) | (rows["seed"] != 1)])
    assert "lacks seeds: configuration 5 was trained 1 times, others 2" in refusal(path)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_refused(written, value):
    def spoil(rows):
        rows.loc[3, "value"] = value
        return rows

    assert "a value that is no number: configuration 0 with seed 0" in refusal(written(spoil))


def test_a_training_that_failed_may_lack_values_from_there_on(written):
    def fail(rows):
        own = (rows["number"] == 2) & (rows["seed"] == 0)
        rows.loc[own, "failed_epoch"] = 3
        rows.loc[own & (rows["epoch"] >= 3), "value"] = math.nan
        return rows

    failed = [t for t in read_table(written(fail)).trainings if t.curve.failed_epoch]
    assert [(t.number, t.seed) for t in failed] == [(2, 0)]


@pytest.mark.parametrize("seconds", [math.nan, -1.0])
def test_a_time_that_is_no_time_is_refused(written, seconds):
    def spoil(rows):
        rows.loc[0, "train_s"] = seconds
        return rows

    assert "a time that is no time" in refusal(written(spoil))


def test_a_table_of_another_space_is_refused_and_names_the_hyperparameter(written, table):
    space = json.loads(json.dumps(table.about.space))
    next(h for h in space["hyperparameters"] if h["name"] == "lr")["upper"] = 0.5
    assert "in another space" in refusal(written(space=space))
    assert "'lr' differs" in refusal(written(space=space))


def test_a_table_of_a_workload_that_is_not_here_is_refused(written):
    assert "no workload 'elsewhere'" in refusal(written(workload="elsewhere"))


def test_a_table_of_another_format_is_refused(written, monkeypatch):
    monkeypatch.setattr(table_file, "FORMAT_VERSION", 99)
    path = written()
    monkeypatch.undo()
    assert "has format 99" in refusal(path)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "text.parquet").write_text("no table")
    assert "is no table of trainings" in refusal(tmp_path / "text.parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    assert "is no table of trainings" in refusal(tmp_path / "other.parquet")
    assert "does not exist" in refusal(tmp_path / "nothing.parquet")


def test_what_a_table_does_not_have_is_refused_with_what_it_has(written):
    path = written()
    assert "it has: fp32" in refusal(path, precision="amp")
    assert "it has: 1" in refusal(path, ranks=4)
    assert "of 4 epochs, not of 9" in refusal(path, epochs=9)
