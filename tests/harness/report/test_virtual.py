"""Replays in virtual time and real runs are never in one report."""

import json

import pytest

from harness.report.write import write_report

pytestmark = pytest.mark.slow


@pytest.fixture
def make_virtual(write_runs):
    def make(*names):
        for name in names:
            path = write_runs_folder / name / "summary.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), "virtual": True}))

    write_runs_folder = write_runs(seed=[0, 1, 2], trials=4, epochs=3)
    make.folder = write_runs_folder
    return make


def test_among_real_runs_a_replay_is_left_out_and_named(make_virtual, tmp_path, table_of):
    make_virtual("001")
    report = write_report([make_virtual.folder], tmp_path / "out", 0)
    (skipped,) = report.collection.skipped
    assert skipped.path.name == "001" and "virtual time" in skipped.reason
    assert [run.path.name for run in report.collection.runs] == ["000", "002"]
    assert "virtual time, trainings recorded" not in report.page.read_text()


def test_replays_by_themselves_are_read_and_said_to_be_virtual(make_virtual, tmp_path):
    make_virtual("000", "001", "002")
    report = write_report([make_virtual.folder], tmp_path / "out", 0)
    assert len(report.collection.runs) == 3 and not report.collection.skipped
    assert "virtual time, trainings recorded on" in report.page.read_text()
