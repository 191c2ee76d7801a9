import pytest
import typer
from typer.testing import CliRunner

from harness.cli.data import data
from harness.errors import RequestError


@pytest.fixture
def command():
    """Runs the command; an error of the user is raised as it is."""
    app = typer.Typer()
    app.command()(data)

    def invoke(*arguments):
        outcome = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(outcome.exception, RequestError):
            raise outcome.exception
        return outcome

    return invoke


def test_synthetic_flow_fields_are_written(command, tmp_path, h5py):
    outcome = command(
        "cfd", "--synthetic", "--out", tmp_path / "flow", "--snapshots", 4, "--shape", "8,6,10"
    )
    assert outcome.exit_code == 0
    assert f"4 files of synthetic data. Use them with --data {tmp_path / 'flow'}" in outcome.output
    assert len(list((tmp_path / "flow").rglob("*.hdf5"))) == 4


def test_synthetic_data_must_be_asked_for_by_name(command, tmp_path):
    with pytest.raises(RequestError, match="add --synthetic"):
        command("cfd", "--out", tmp_path)


@pytest.mark.parametrize("shape", ["8,6", "8,6,x", "8x6x10"])
def test_a_shape_that_is_none_is_refused(command, tmp_path, shape):
    with pytest.raises(RequestError, match="three numbers"):
        command("cfd", "--synthetic", "--out", tmp_path, "--shape", shape)


def test_a_workload_without_generated_data_says_so(command, tmp_path):
    with pytest.raises(RequestError, match="'digits' has no generated data"):
        command("digits", "--synthetic", "--out", tmp_path)
