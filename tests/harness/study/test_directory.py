import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import RequestError
from harness.processes.claim import claim
from harness.study.definition import load_study
from harness.study.directory import StudyDirectory, open_study_directory


@pytest.fixture
def cell(cells_of):
    return cells_of(grid={"seed": 0})[0]


@pytest.mark.parametrize(
    ("status", "best", "state"),
    [
        ("completed", "t0", "done"),
        ("completed", None, "failed"),
        ("failed", "t0", "failed"),
        ("interrupted", "t0", "interrupted"),
        (None, None, "interrupted"),
    ],
)
def test_the_records_say_where_a_cell_stands(directory, record, cell, status, best, state):
    record(cell, status, best)
    assert directory.state(cell) == state


def test_a_cell_without_records_is_pending(directory, cell):
    assert directory.state(cell) == "pending"
    directory.run(cell).mkdir(parents=True)
    assert directory.state(cell) == "pending"


@pytest.mark.parametrize("content", ["{", "[]", '{"status": "completed"}', "\x00"])
def test_a_damaged_summary_is_no_summary(directory, record, cell, content):
    record(cell)
    (directory.run(cell) / "summary.json").write_text(content)
    assert directory.state(cell) == "interrupted"


@pytest.mark.parametrize(
    "damage", [{"runtime_s": None}, {"runtime_s": -1.0}, {"best_value": None}, {"metric": ""}]
)
def test_a_summary_with_a_damaged_field_is_no_summary(directory, record, cell, damage):
    record(cell, **damage)
    assert directory.state(cell) == "interrupted"


def test_a_claimed_cell_is_running(directory, cell):
    claim(directory.lock(cell))
    assert directory.state(cell) == "running"


def test_records_are_set_aside_under_names_that_count(directory, record, cell):
    for number in (1, 2):
        record(cell, "failed")
        assert directory.set_aside(cell).name == f"{cell.name}.failed-{number}"
    record(cell, "interrupted")
    assert directory.set_aside(cell).name == f"{cell.name}.interrupted-1"
    assert directory.state(cell) == "pending"


def test_finished_records_are_never_set_aside(directory, record, cell):
    record(cell)
    assert directory.set_aside(cell) is None
    assert directory.state(cell) == "done"


def test_a_directory_holds_one_study(write_study, tmp_path):
    study = load_study(write_study(grid={"seed": [0, 1]}))
    StudyDirectory(tmp_path / "out").create(study)
    assert open_study_directory(tmp_path / "out", study).path == tmp_path / "out"
    other = load_study(write_study(grid={"seed": [0, 1, 2]}))
    with pytest.raises(RequestError, match=r"another study \(another grid\)"):
        open_study_directory(tmp_path / "out", other)


def test_a_directory_of_something_else_is_left_alone(write_study, tmp_path):
    study = load_study(write_study(grid={"seed": 0}))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match="holds no study"):
        open_study_directory(tmp_path / "out", study)


def test_a_directory_in_which_another_process_begins_is_no_obstacle(write_study, tmp_path):
    study = load_study(write_study(grid={"seed": 0}))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".study.yaml.123").write_text("gri")
    open_study_directory(tmp_path / "out", study).create(study)
    assert load_study(tmp_path / "out" / "study.yaml") == study


def test_a_directory_that_cannot_be_written_is_refused(write_study):
    study = load_study(write_study(grid={"seed": 0}))
    with pytest.raises(RequestError, match="cannot be written"):
        StudyDirectory(Path("/proc/out")).create(study)


def test_studies_and_searches_begin_without_pandas():
    code = (
        "import sys, harness.study.bench, harness.search.api; "
        "sys.exit(bool({'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
