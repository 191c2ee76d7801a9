import json
import sys

import pytest
import yaml

from harness.records.slot_ledger import KINDS
from harness.study.definition import load_study
from harness.study.directory import StudyDirectory
from harness.study.grid import expand

SUMMARY = {
    "run_id": "stand-in",
    "status": "completed",
    "backend": "ray",
    "algo": "rand",
    "workload": "digits",
    "precision": "fp32",
    "seed": 0,
    "workers": 1,
    "trials": 1,
    "failed_trials": 0,
    "epochs": 1,
    "runtime_s": 2.0,
    "startup_s": 0.0,
    "metric": "level",
    "mode": "max",
    "best_trial_id": "t0",
    "best_config": {},
    "best_value": 0.5,
    "test_value": 0.5,
    "utilisation": 1.0,
    "ledger": {kind: 1.0 for kind in KINDS},
    "hardware": {"cpu": "a processor", "cores": 1, "gpus": []},
    "warnings": [],
}

SEARCH = """
import json, pathlib, signal, sys, time
if sys.argv[1] == "resume":
    out = pathlib.Path(sys.argv[2])
    options = json.loads((out / "run.yaml").read_text())
    if "broken" in options:
        sys.exit("harness: It cannot be resumed.")
else:
    options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    out = pathlib.Path(options["--out"])
    out.mkdir(parents=True)
    (out / "run.yaml").write_text(json.dumps(options))
def finish(status, best):
    summary = json.loads((pathlib.Path(__file__).parent / "stand-in.json").read_text())
    summary |= {"status": status, "best_trial_id": best, "best_value": 0.5 if best else None}
    (out / "summary.json").write_text(json.dumps(summary))
def interrupted(number, frame):
    finish("interrupted", "t0")
    sys.exit(130)
signal.signal(signal.SIGINT, interrupted)
(out / "ready").touch()
if options["--algo"] == "asha" and sys.argv[1] == "run":
    time.sleep(30)
if options["--precision"] == "amp":
    finish("completed", None)
    print("harness: No trial succeeded.")
    sys.exit(3)
finish("completed", "t0")
"""


@pytest.fixture
def search_command(tmp_path):
    """What stands in for ``harness``: rand succeeds, asha takes long unless resumed, amp fails."""
    (tmp_path / "stand-in.json").write_text(json.dumps(SUMMARY))
    script = tmp_path / "search.py"
    script.write_text(SEARCH)
    return [sys.executable, "-I", "-S", str(script)]


@pytest.fixture
def write_study(tmp_path):
    def write(file="study.yaml", **entries):
        path = tmp_path / file
        path.write_text(yaml.safe_dump(entries, sort_keys=False))
        return path

    return write


@pytest.fixture
def cells_of(write_study):
    """Expands a study given by its entries."""

    def cells(**entries):
        return expand(load_study(write_study(**entries)))

    return cells


@pytest.fixture
def directory(tmp_path):
    return StudyDirectory(tmp_path / "out")


@pytest.fixture
def record(directory):
    """Writes what a run leaves: its configuration, and a summary unless `status` is None."""

    def write(cell, status="completed", best="t0", **summary):
        run = directory.run(cell)
        run.mkdir(parents=True)
        (run / "run.yaml").write_text("{}")
        if status is not None:
            told = {"status": status, "best_trial_id": best, "best_value": 0.5 if best else None}
            values = {**SUMMARY, **told, **summary}
            (run / "summary.json").write_text(json.dumps(values))

    return write
