import dataclasses
import json
import subprocess
import sys

import pytest

from harness.errors import EngineMissing, RequestError
from harness.export.optuna import distribution, export_to_optuna

optuna = pytest.importorskip("optuna")
STATES = {"completed": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL"}


def storage_of(path):
    if path.suffix == ".log":
        backend = optuna.storages.journal.JournalFileBackend(str(path))
        return optuna.storages.JournalStorage(backend)
    return f"sqlite:///{path}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["study.db", "study.log"])
def test_a_study_holds_every_trial_with_its_curve(finished, tmp_path, name):
    command = export_to_optuna(finished, tmp_path / name)
    assert command.startswith("optuna-dashboard") and name in command
    study = optuna.load_study(study_name=finished.run_id, storage=storage_of(tmp_path / name))
    assert study.direction.name == "MAXIMIZE" and study.metric_names == ["level"]
    assert len(study.trials) == len(finished.trials)
    rows = {trial["trial_id"]: (trial, epochs) for trial, epochs in finished.each_trial()}
    for trial in study.trials:
        row, epochs = rows[trial.user_attrs["trial_id"]]
        assert trial.state.name == STATES[row["status"]]
        assert trial.params == row["config"]
        assert list(trial.intermediate_values.values()) == list(epochs["value"])
        assert list(trial.intermediate_values) == list(epochs["epoch"])
        assert trial.duration.total_seconds() == pytest.approx(
            row["end_s"] - row["start_s"], abs=2e-6
        )
    completed = finished.trials[finished.trials["status"] == "completed"]
    assert study.best_value == completed["best_value"].max()
    assert study.user_attrs["best_trial_id"] == finished.summary["best_trial_id"]


@pytest.mark.slow
def test_runs_add_up_in_one_storage_and_none_twice(finished, tmp_path):
    out = tmp_path / "studies.db"
    other = dataclasses.replace(finished, summary={**finished.summary, "run_id": "another"})
    export_to_optuna(finished, out)
    export_to_optuna(other, out)
    names = optuna.get_all_study_names(f"sqlite:///{out}")
    assert sorted(names) == sorted([finished.run_id, "another"])
    with pytest.raises(RequestError, match="already"):
        export_to_optuna(finished, out)


def test_a_file_of_something_else_is_refused_and_left_alone(finished, tmp_path):
    out = tmp_path / "notes.db"
    out.write_text("my notes, which are no database at all")
    with pytest.raises(RequestError, match="cannot be used as an Optuna storage"):
        export_to_optuna(finished, out)
    assert out.read_text().startswith("my notes")


def test_a_place_without_its_folder_is_refused(finished, tmp_path):
    with pytest.raises(RequestError, match="cannot be a file here"):
        export_to_optuna(finished, tmp_path / "nowhere" / "study.db")


def test_without_optuna_the_message_says_what_to_install(finished, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(EngineMissing, match=r"pip install 'hpo-harness\[optuna\]'"):
        export_to_optuna(finished, tmp_path / "study.db")


def test_every_kind_of_hyperparameter_has_a_distribution(finished):
    space = finished.space
    config = finished.summary["best_config"]
    found = {name: distribution(space[name], value) for name, value in config.items()}
    assert found["lr"].log and not found["weight_decay"].log
    assert (found["warmup_epochs"].low, found["warmup_epochs"].high) == (1, 5)
    assert found["width"].choices == (8, 16, 32, 64)
    assert set(found["activation"].choices) == {"relu", "tanh"}


def test_a_value_outside_of_the_space_widens_its_range(finished):
    assert distribution(finished.space["lr"], 2.0).high == 2.0


def test_the_module_costs_nothing_until_it_exports():
    code = (
        "import sys, harness.export.optuna, harness.export.mlflow; print('optuna' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.strip().lower()) is False
