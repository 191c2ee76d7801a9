"""Whatever a space holds comes through a run's records, and every reader of them takes it."""

import json

import pytest
from rich.console import Console

from harness.console.show import print_run
from harness.export.finished_run import read_finished_run
from harness.export.optuna import export_to_optuna
from harness.load import load_run
from harness.space import sample_configurations
from harness.space_values import own_configuration
from harness.testing.spaces import KINDS

WORKLOAD = "harness.testing.spaces:SpaceWorkload"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_over_any_kind_of_space_can_be_read(sequential_run, tmp_path, kind):
    pytest.importorskip("optuna")
    options = {"kind": kind}
    result = sequential_run(workload=WORKLOAD, workload_options=options, trials=3, epochs=2)
    assert result.summary["failed_trials"] == 0, result.summary["first_error"]
    assert result.summary["test_value"] is not None
    drawn = sample_configurations(KINDS[kind](), 3, seed=0)
    trials = load_run(result.directory).trials.sort_values("number")
    found = [own_configuration(KINDS[kind](), json.loads(text)) for text in trials["config"]]
    assert repr(found) == repr(drawn)
    print_run(result.directory, Console(width=300))
    export_to_optuna(read_finished_run(result.directory), tmp_path / "study.log")
