import os
import sys

import pytest

from harness.errors import EngineMissing, RequestError
from harness.export.mlflow import FILE_STORE_SWITCH, RUN_TAG, export_to_mlflow

mlflow = pytest.importorskip("mlflow")
STATES = {"completed": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}


def client_of(path, monkeypatch):
    monkeypatch.setenv(FILE_STORE_SWITCH, "true")
    uri = f"sqlite:///{path}" if path.suffix == ".db" else path.as_uri()
    return mlflow.MlflowClient(tracking_uri=uri)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlruns", "mlflow.db"])
def test_a_store_holds_the_search_and_every_trial_with_its_curve(
    finished, tmp_path, monkeypatch, name
):
    command = export_to_mlflow(finished, tmp_path / name)
    assert "mlflow ui --backend-store-uri" in command and name in command
    client = client_of(tmp_path / name, monkeypatch)
    experiment = client.get_experiment_by_name(finished.summary["workload"])
    runs = client.search_runs([experiment.experiment_id])
    (search,) = [run for run in runs if RUN_TAG in run.data.tags]
    assert search.data.metrics["best_value"] == pytest.approx(finished.summary["best_value"])
    assert search.data.params["algo"] == "asha"
    trials = {run.info.run_name: run for run in runs if run is not search}
    assert set(trials) == set(finished.trials["trial_id"])
    for row, epochs in finished.each_trial():
        trial = trials[row["trial_id"]]
        assert trial.info.status == STATES[row["status"]]
        assert trial.data.tags["mlflow.parentRunId"] == search.info.run_id
        assert trial.data.params == {key: str(value) for key, value in row["config"].items()}
        history = client.get_metric_history(trial.info.run_id, "value") if len(epochs) else []
        assert [(point.step, point.value) for point in history] == [
            (epoch, pytest.approx(value))
            for epoch, value in zip(epochs["epoch"], epochs["value"], strict=True)
        ]


@pytest.mark.slow
def test_a_run_is_exported_once_and_the_switch_is_put_back(finished, tmp_path, monkeypatch):
    monkeypatch.delenv(FILE_STORE_SWITCH, raising=False)
    export_to_mlflow(finished, tmp_path / "mlruns")
    assert FILE_STORE_SWITCH not in os.environ
    with pytest.raises(RequestError, match="already"):
        export_to_mlflow(finished, tmp_path / "mlruns")


def test_a_file_is_no_store(finished, tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(RequestError, match="cannot be a store here"):
        export_to_mlflow(finished, tmp_path / "notes")


def test_without_mlflow_the_message_says_what_to_install(finished, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(EngineMissing, match=r"pip install 'hpo-harness\[mlflow\]'"):
        export_to_mlflow(finished, tmp_path / "mlruns")
