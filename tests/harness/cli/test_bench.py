import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from harness.study.definition import load_study
from harness.study.directory import StudyDirectory
from harness.study.grid import expand
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun

GRID = {
    "workload": ["harness.testing.workloads:AnalyticWorkload"],
    "backend": ["harness.testing.backends:SequentialBackend"],
    "algo": ["rand", "bohb"],
    "precision": ["fp32"],
    "seed": [0, 1],
}
SMALL = {"workers": 1, "trials": 2, "epochs": 2}


def write(file="small.yaml", **entries):
    Path(file).write_text(yaml.safe_dump(entries, sort_keys=False))
    return file


@pytest.fixture
def study(harness):
    return write(grid=GRID, settings=SMALL)


def test_list_numbers_the_cells_and_says_why_some_cannot_run(harness, study):
    outcome = harness("bench", study, "--list")
    assert outcome.exit_code == 0
    assert "4 cells: 2 pending, 2 cannot run" in outcome.out
    assert "cannot run: 2-3: Backend 'sequential' has no algorithm 'bohb'" in outcome.out


def test_list_as_json_is_all_that_goes_to_stdout(harness, study):
    cells = json.loads(harness("bench", study, "--list", "--json").out)
    assert [cell["cell"] for cell in cells] == [0, 1, 2, 3]
    assert cells[1]["settings"]["seed"] == 1
    assert cells[1]["directory"] == f"studies/small/{cells[1]['name']}"


def test_a_dry_run_prints_commands_and_writes_nothing(harness, study):
    outcome = harness("bench", study, "--dry-run", "--out", "here")
    lines = outcome.out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("harness run --") and "--out here/" in line for line in lines)
    assert not Path("here").exists()


BAD_REQUESTS = [
    (("nowhere.yaml",), "cannot be read"),
    (("small.yaml", "--cell", "4"), "cells 0 to 3"),
    (("small.yaml", "--cell", "2"), "Cell 2 (AnalyticWorkload-SequentialBackend-bohb"),
    (("small.yaml", "--set", "trials=3"), "What a cell is, its study says"),
    (("small.yaml", "--list", "--dry-run"), "not both"),
    (("small.yaml", "--json"), "belongs to --list"),
    (("huge.yaml",), "--yes"),
    (("nothing.yaml",), "every combination is excluded"),
    (("unknown.yaml",), "Did you mean 'cifar10'"),
    (("impossible.yaml",), "None of the 2 cells can run"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_REQUESTS)
def test_a_wrong_request_is_one_clear_line_and_writes_nothing(harness, study, arguments, message):
    Path("huge.yaml").write_text(f"grid: {{seed: {list(range(10_001))}}}")
    write("nothing.yaml", grid={"seed": [0]}, exclude=[{"seed": 0}])
    write("unknown.yaml", grid={"workload": ["cifar"]})
    write("impossible.yaml", grid={**GRID, "algo": ["pbt"]})
    outcome = harness("bench", *arguments)
    assert outcome.exit_code == 2
    assert message in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert not Path("studies").exists()


def test_a_directory_of_another_study_is_refused(harness, study):
    Path("studies/small").mkdir(parents=True)
    write("studies/small/study.yaml", name="small", grid={"seed": [7]})
    outcome = harness("bench", study, "--list")
    assert outcome.exit_code == 2
    assert "holds another study" in outcome.err


def test_a_study_is_started_once_and_not_by_every_rank(harness, study, monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    outcome = harness("bench", study)
    assert outcome.exit_code == 2
    assert "start it once" in outcome.err
    assert not Path("studies").exists()


@pytest.mark.long
def test_a_study_runs_fails_and_goes_on(harness):
    never = {"workload_options.raise_above_lr": 0.0}
    study = write(
        grid={**GRID, "algo": ["rand"], "seed": [0, 1]},
        settings=SMALL,
        overrides=[{"when": {"seed": 1}, "settings": never}],
    )
    outcome = harness("bench", study, "--cell", 0)
    assert outcome.exit_code == 0, outcome.err
    outcome = harness("bench", study)
    assert outcome.exit_code == 3
    assert "1 of 1 cell failed" in outcome.err
    assert "injected fault" in outcome.err
    states = [cell["state"] for cell in json.loads(harness("bench", study, "--list", "--json").out)]
    assert states == ["done", "failed"]
    assert harness("bench", study).exit_code == 3
    assert list(Path("studies/small").glob("*.failed-1"))


@pytest.mark.slow
def test_an_interrupted_study_leaves_complete_records_and_goes_on(tmp_path, monkeypatch, harness):
    monkeypatch.chdir(tmp_path)
    study = write(
        grid={**GRID, "algo": ["rand"], "seed": [0]},
        settings={**SMALL, "epochs": 8, "workload_options.epoch_s": 0.25},
    )
    bench = subprocess.Popen(
        [sys.executable, "-m", "harness", "bench", study],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    events = tmp_path / "studies/small"
    deadline = time.monotonic() + 60
    while not any('"epoch"' in f.read_text() for f in events.glob("*/events/*.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    bench.send_signal(signal.SIGTERM)
    _, errors = bench.communicate()
    assert bench.returncode == 130
    assert "Interrupted; 1 cell left" in errors
    (run,) = (path.parent for path in events.glob("*/summary.json"))
    assert json.loads((run / "summary.json").read_text())["status"] == "interrupted"
    assert (run / "epochs.parquet").exists()
    assert harness("bench", study).exit_code == 0
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["status"], summary["sessions"]) == ("completed", 2)


def runs_done():
    return len(list(Path("studies/small").glob("*/summary.json")))


def test_a_pilot_and_the_rule_that_ends_a_study_take_what_is_recorded(harness):
    file = write(
        grid={**GRID, "algo": ["rand", "asha"], "seed": list(range(4))},
        # All that these searches can differ by counts as nothing.
        margins={"accuracy": 0.99, "time": 0.99},
    )
    study, directory = load_study(Path(file)), StudyDirectory(Path("studies/small"))
    directory.create(study)
    for cell in expand(study):
        found = SyntheticRun(algo=cell.config.algo, seed=cell.config.seed, trials=3, epochs=3)
        write_synthetic_run(directory.run(cell), found)
    outcome = harness("bench", file, "--pilot", 2)
    assert outcome.exit_code == 0, outcome.err
    assert "2 questions, 2 decided by 4 seeds" in outcome.err
    outcome = harness("bench", file, "--until-decided")
    assert outcome.exit_code == 0, outcome.err
    assert "Every question is decided after " in outcome.err
    again = harness("bench", file, "--pilot", 2)
    assert again.exit_code == 2 and "goes on until its questions are decided" in again.err


@pytest.mark.long
def test_a_pilot_plans_a_study_that_goes_on_until_it_is_decided(harness):
    study = write(
        grid={**GRID, "algo": ["rand", "asha"], "seed": list(range(9))},
        settings={"workers": 1, "trials": 4, "epochs": 4, "reduction_factor": 2},
        # All that these searches can differ by counts as nothing.
        margins={"accuracy": 0.99},
    )
    outcome = harness("bench", study, "--pilot", 2)
    assert outcome.exit_code == 0, outcome.err
    assert runs_done() == 4
    plan = next(line for line in outcome.err.splitlines() if "one cell after the other" in line)
    assert plan.startswith("2 questions, ") and "2 seeds" in plan
    outcome = harness("bench", study, "--until-decided")
    assert outcome.exit_code == 0, outcome.err
    last = outcome.err.strip().splitlines()[-1]
    assert last.startswith("Every question is decided after ")
    seeds = int(last.split()[5])
    # Three are the fewest with an interval that holds however often one looks.
    assert 2 <= seeds <= 5 and runs_done() == 2 * seeds
    again = harness("bench", study, "--pilot", 2)
    assert again.exit_code == 2 and "goes on until its questions are decided" in again.err
