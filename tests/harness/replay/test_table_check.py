"""Whatever a column of a table holds, it is searched rightly or refused in one line."""

import json
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import RequestError
from harness.replay.table import COLUMNS
from harness.replay.table_file import read_table

SECONDS = ["train_s", "data_wait_s", "validate_s", "setup_s", "checkpoint_s"]
COUNTS = ["number", "seed", "epoch", "ranks", "state_bytes", "samples", "parameters"]
COUNTS += ["failed_epoch"]
NUMBERS = [name for name, kind in COLUMNS.items() if kind != "string"]


@pytest.fixture
def refusal(written):
    """Return what is said of a table of which one column holds something else in every row."""

    def said(column, value):
        path = written()
        table = pq.read_table(path)
        rows = table.to_pandas()
        rows[column] = value
        spoilt = pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(spoilt.replace_schema_metadata(table.schema.metadata), path)
        with pytest.raises(RequestError) as refused:
            read_table(path)
        assert "\n" not in str(refused.value)
        return str(refused.value)

    return said


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize("column", SECONDS)
def test_no_time_is_missing_endless_or_negative(refusal, column, value):
    assert f"a time that is no time: '{column}' is {value}" in refusal(column, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 0.5])
@pytest.mark.parametrize("column", COUNTS)
def test_a_count_is_a_whole_number(refusal, column, value):
    assert f"a count that is no count: '{column}' is {value}" in refusal(column, value)


@pytest.mark.parametrize("column", NUMBERS)
def test_text_in_a_column_of_numbers_is_named(refusal, column):
    assert f"a column '{column}' that holds 'x', which is no number" in refusal(column, "x")


@pytest.mark.parametrize("column", ["value", "train_loss"])
def test_a_training_that_did_not_fail_has_values_and_losses(refusal, column):
    assert "a value that is no number" in refusal(column, math.nan)


@pytest.mark.parametrize("config", ["x", None, "[1]", "5", '{"lr": "0.1"}', '{"rate": 0.1}'])
def test_a_configuration_is_one_of_the_space(refusal, config):
    assert "a configuration that the space does not have: configuration 0" in refusal(
        "config", config
    )


def test_a_configuration_beyond_the_space_is_refused(written):
    def spoil(rows):
        beyond = {**json.loads(rows.loc[0, "config"]), "lr": 50.0}
        rows.loc[rows["number"] == 0, "config"] = json.dumps(beyond)
        return rows

    with pytest.raises(RequestError, match="that the space does not have"):
        read_table(written(spoil))


@pytest.mark.parametrize("hardware", ["x", None, "[1]", '{"cpu": 5}', '{"cpu": "one"}'])
def test_a_machine_is_described(refusal, hardware):
    assert "names no machine" in refusal("hardware", hardware)


@pytest.mark.parametrize(
    ("column", "value"), [("arithmetic", "exact"), ("precision", "fp8"), ("precision", None)]
)
def test_names_are_known_ones(refusal, column, value):
    assert f"{column} that is no {column}" in refusal(column, value)


def test_a_failure_after_the_last_epoch_is_none(refusal):
    assert "an epoch that is no epoch: 'failed_epoch' is 99" in refusal("failed_epoch", 99)


def test_rows_that_are_there_twice_are_said_to_be(written):
    path = written(lambda rows: rows.loc[[0, *rows.index]])
    with pytest.raises(RequestError, match="has rows twice, as of configuration 0 with seed 0"):
        read_table(path)


def test_a_table_without_rows_holds_no_training(written):
    with pytest.raises(RequestError, match="holds no training"):
        read_table(written(lambda rows: rows.iloc[:0]))


@pytest.mark.parametrize(
    "changed", [{"mode": "up"}, {"epochs": 0}, {"workload": 5}, {"space": "x"}]
)
def test_what_a_table_says_of_itself_is_checked(written, changed):
    with pytest.raises(RequestError, match="says of itself is damaged"):
        read_table(written(**changed))


@pytest.mark.parametrize("changed", [{"mode": "min"}, {"metric": "loss"}])
def test_a_table_of_another_metric_is_refused(written, changed):
    with pytest.raises(RequestError, match="recorded by another metric"):
        read_table(written(**changed))
