"""Recording: each training once, whole; the same command goes on; runs can be added."""

import json
import re

import pandas as pd
import pytest

from harness.config import RunConfig
from harness.errors import RequestError
from harness.replay import record as record_module
from harness.replay.costs import ReplayCosts
from harness.replay.from_runs import add_runs
from harness.replay.origins import Origins
from harness.replay.plan_of_recording import read_recording
from harness.replay.processor_seconds import measure_again
from harness.replay.record import record
from harness.replay.request import resolve_replay
from harness.replay.search import replay
from harness.replay.table_file import read_rows, read_table
from harness.search.api import run
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload

pytestmark = pytest.mark.slow

WORKLOAD = "harness.testing.workloads:AnalyticWorkload"
STUDY = f"""
grid:
  seed: [3, 4]
settings:
  workload: {WORKLOAD}
  trials: 8
  epochs: 9
  threads: 1
"""


@pytest.fixture
def study(tmp_path):
    def write(text=STUDY):
        path = tmp_path / "study.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def recorded(study, tmp_path):
    out = tmp_path / "table.parquet"
    record(read_recording(study()), out, lambda line: None)
    return out


def test_a_recording_has_the_configurations_of_a_search_with_the_first_seed(recorded):
    table = read_table(recorded)
    assert list(table.configurations) == sample_configurations(AnalyticWorkload().space(), 8, 3)
    assert table.seeds == 2 and table.trainings[0].curve.duration_s > 0
    machine = json.loads(table.hardware[0])
    assert machine["threads"] == 1 and machine["cpu"]


def test_seconds_can_be_measured_again_in_processor_time(study, recorded):
    before = read_rows(recorded)
    sleeping = STUDY + "  workload_options: {epoch_s: 0.02}\n"
    with pytest.raises(RequestError, match="another set of workload options"):
        measure_again(read_recording(study(sleeping)), recorded, lambda line: None)
    assert measure_again(read_recording(study()), recorded, lambda line: None) == 8
    after = read_rows(recorded)
    assert after["value"].tolist() == before["value"].tolist()
    assert (after.groupby("number")["train_s"].nunique() == 1).all()
    assert after["train_s"].tolist() != before["train_s"].tolist()
    assert all("processor time" in json.loads(text)["seconds"] for text in after["hardware"])
    assert read_table(recorded).trainings[0].curve.duration_s > 0


def test_processor_time_is_refused_for_several_threads(study, tmp_path):
    out = tmp_path / "table.parquet"
    plan = read_recording(study(STUDY.replace("threads: 1", "threads: 2")))
    record(plan, out, lambda line: None)
    with pytest.raises(RequestError, match="one thread of a CPU only"):
        measure_again(plan, out, lambda line: None)


def test_a_recording_that_was_cut_off_goes_on_and_trains_nothing_twice(
    study, tmp_path, monkeypatch
):
    trained = []

    def counted(training, *arguments):
        trained.append(1)
        return epoch(training, *arguments)

    epoch = record_module._epoch
    monkeypatch.setattr(record_module, "_epoch", counted)
    out, plan = tmp_path / "table.parquet", read_recording(study())

    def cut_off(line):
        if "configuration 4" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(plan, out, cut_off)
    assert not out.exists() and len(trained) == 5 * 9
    record(plan, out, lambda line: None)
    assert len(trained) == 16 * 9
    assert len(read_table(out).trainings) == 16
    assert [path.name for path in tmp_path.glob("*.jsonl")] == []


def test_the_beginning_of_another_recording_is_refused(study, tmp_path):
    out = tmp_path / "table.parquet"
    with pytest.raises(KeyboardInterrupt):
        record(read_recording(study()), out, _interrupt_at("configuration 1"))
    other = read_recording(study(STUDY.replace("epochs: 9", "epochs: 3")))
    with pytest.raises(RequestError, match="the beginning of another recording"):
        record(other, out, lambda line: None)


def test_what_a_study_names_now_is_added_to_a_table_that_is_there(study, recorded):
    before, told = read_rows(recorded), []
    more = read_recording(study(STUDY.replace("seed: [3, 4]", "seed: [3, 4, 5]")))
    assert record(more, recorded, told.append) == 24
    assert told[0] == "16 of 24 trainings are recorded"
    after = read_rows(recorded)
    kept = after[after["seed"] < 5].reset_index(drop=True)
    assert kept.equals(before) and set(after["seed"]) == {3, 4, 5}
    assert read_table(recorded).seeds == 3


def test_a_table_with_trainings_of_another_study_is_not_replaced(study, recorded):
    held = recorded.read_bytes()
    for change in ("epochs: 3", "trials: 4", "seed: [3]"):
        name = change.split(":")[0]
        text = re.sub(rf"{name}: .*", change, STUDY)
        with pytest.raises(RequestError, match="does not name; give another --out"):
            record(read_recording(study(text)), recorded, lambda line: None)
    assert recorded.read_bytes() == held


def _interrupt_at(part):
    def tell(line):
        if part in line:
            raise KeyboardInterrupt

    return tell


def test_a_grid_of_configurations_takes_defaults_for_what_it_does_not_name(study, tmp_path):
    grid = "configurations: {lr: [0.01, 0.1], width: [8, 64]}\n"
    plan = read_recording(study(STUDY + grid))
    assert [(c["lr"], c["width"]) for c in plan.configurations] == [
        (0.01, 8),
        (0.01, 64),
        (0.1, 8),
        (0.1, 64),
    ]
    with pytest.raises(RequestError, match="hyperparameter 'speed'"):
        read_recording(study(STUDY + "configurations: {speed: [1]}\n"))
    with pytest.raises(RequestError, match="a configuration that the space does not"):
        read_recording(study(STUDY + "configurations: {width: [9]}\n"))


def test_a_recording_varies_precision_and_seed_only(study):
    with pytest.raises(RequestError, match="varies precision and seed, not 'algo'"):
        read_recording(study(STUDY.replace("grid:", "grid:\n  algo: [rand, asha]")))


def test_a_training_that_fails_is_recorded_as_such_and_fails_in_a_replay(study, tmp_path):
    options = "  workload_options: {nan_above_lr: 0.01, fault_epoch: 3}\n"
    out = tmp_path / "table.parquet"
    record(read_recording(study(STUDY + options)), out, lambda line: None)
    table = read_table(out)
    failing = {t.number for t in table.trainings if t.curve.failed_epoch == 3}
    assert failing and failing == {
        number for number, config in enumerate(table.configurations) if config["lr"] > 0.01
    }
    replay_of(table, "rand", tmp_path / "run")
    trials = pd.read_parquet(tmp_path / "run" / "trials.parquet").set_index("number")
    assert set(trials.index[trials["status"] == "failed"]) == failing
    assert set(trials.loc[sorted(failing), "epochs"]) == {2}


def replay_of(table, algo, path, backend="deephyper"):
    config = RunConfig(backend=backend, algo=algo, workers=1, trials=8, seed=3)
    resolved = resolve_replay(config, table, ReplayCosts())
    return replay(resolved, Origins(table).of(resolved), path)


@pytest.mark.parametrize("algo", ["rand", "asha"])
@pytest.mark.parametrize("backend", ["deephyper", "propulate", "ray"])
def test_a_replay_decides_as_the_real_search_with_its_seed(recorded, tmp_path, algo, backend):
    summary = replay_of(read_table(recorded), algo, tmp_path / "virtual", backend)
    assert summary["replay"]["configurations"] == "the seed's own"
    real = run(
        RunConfig(
            backend="harness.testing.backends:SequentialBackend",
            workload=WORKLOAD,
            algo=algo,
            workers=1,
            trials=8,
            seed=3,
            threads=1,
        ),
        tmp_path / "real",
    ).summary
    assert decisions(tmp_path / "virtual") == decisions(tmp_path / "real")
    for same in ("best_trial_id", "best_value", "test_value", "epochs", "trials", "best_config"):
        assert summary[same] == real[same], same


def decisions(path):
    columns = ["number", "status", "reason", "epochs", "best_value", "last_value", "config"]
    return pd.read_parquet(path / "trials.parquet")[columns].to_dict("records")


def test_whole_trainings_of_finished_runs_are_added(tmp_path, recorded):
    backend = "harness.testing.backends:SequentialBackend"
    for seed in (3, 4):
        for algo in ("rand", "asha"):
            run(
                RunConfig(
                    backend=backend, workload=WORKLOAD, algo=algo, trials=8, seed=seed, threads=1
                ),
                tmp_path / "runs" / f"{algo}{seed}",
            )
    out = tmp_path / "from-runs.parquet"
    added = add_runs([tmp_path / "runs" / "rand3"], out)
    assert (added.trainings, added.left_out) == (8, 0)
    added = add_runs([tmp_path / "runs" / "asha3"], out)
    assert added.trainings < 8 and added.left_out == 8 - added.trainings
    table = read_table(out)
    values = [training.curve.values for training in table.trainings]
    same = [t.curve.values for t in read_table(recorded).trainings if t.seed == 3]
    assert values == same
    with pytest.raises(
        RequestError, match=r"it has another number of epochs \(3, not 9\)\. Give it a"
    ):
        run(
            RunConfig(backend=backend, workload=WORKLOAD, trials=2, epochs=3, threads=1),
            tmp_path / "short",
        )
        add_runs([tmp_path / "short"], out)


def test_runs_whose_trainings_no_table_can_hold_are_skipped_with_the_reason(tmp_path):
    shared = {
        "backend": "harness.testing.backends:SequentialBackend",
        "workload": WORKLOAD,
        "trials": 2,
        "epochs": 9,
        "threads": 1,
    }
    runs = tmp_path / "runs"
    for name, settings in {
        "whole": {"seed": 3},
        "other-seeds": {"seed": 3, "training_seed": 5},
        "no-space": {"seed": 4},
        "negative": {"seed": 5},
        "no-epochs": {"seed": 6},
    }.items():
        run(RunConfig(**shared, **settings), runs / name)
    environment = runs / "no-space" / "environment.json"
    environment.write_text(json.dumps({**json.loads(environment.read_text()), "space": None}))
    epochs = pd.read_parquet(runs / "negative" / "epochs.parquet")
    epochs.assign(train_s=-epochs["train_s"]).to_parquet(runs / "negative" / "epochs.parquet")
    settings = runs / "no-epochs" / "run.yaml"
    settings.write_text(settings.read_text().replace("epochs: 9", "epochs: none"))

    added = add_runs([runs], tmp_path / "table.parquet")
    assert (added.trainings, added.left_out) == (2, 0)
    reasons = {skipped.path.name: skipped.reason for skipped in added.skipped}
    assert set(reasons) == {"other-seeds", "no-space", "negative", "no-epochs"}
    assert "seeds of its own" in reasons["other-seeds"]
    assert "lacks 'space'" in reasons["no-space"]
    assert "train_s" in reasons["negative"]
    assert "run.yaml" in reasons["no-epochs"] and "epochs" in reasons["no-epochs"]


def test_replays_are_no_recordings(recorded, tmp_path):
    replay_of(read_table(recorded), "rand", tmp_path / "virtual")
    with pytest.raises(RequestError, match="virtual ones are no recordings"):
        add_runs([tmp_path / "virtual"], tmp_path / "new.parquet")
