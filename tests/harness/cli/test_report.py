from pathlib import Path

import pytest

SMALL = ("--trials", 4, "--epochs", 3, "--workers", 1)


@pytest.mark.slow
def test_report_writes_a_page_and_names_what_it_skipped(harness_run, harness):
    harness_run(*SMALL, "--out", "runs/one")
    Path("runs/broken").mkdir()
    Path("runs/broken/run.yaml").write_text("backend: ray\n")
    outcome = harness("report", "runs", "--out", "report", "--run-pictures", 0)
    assert outcome.exit_code == 0, outcome.err
    assert Path("report/index.html").is_file()
    assert "over 1 run, 1 directory skipped: report/index.html" in outcome.out
    assert "direction 1: no case" in outcome.out
    assert "skipped: runs/broken" in outcome.err


def test_report_over_no_run_at_all_exits_with_2_in_one_line(harness):
    Path("empty").mkdir()
    outcome = harness("report", "empty", "--out", "report")
    assert outcome.exit_code == 2
    assert "no whole run" in outcome.err and outcome.err.count("\n") == 1
    assert not Path("report").exists()


def test_report_refuses_a_path_that_does_not_exist(harness):
    outcome = harness("report", "nowhere", "--out", "report")
    assert outcome.exit_code == 2 and "does not exist" in outcome.err


def test_report_needs_an_output_directory(harness):
    outcome = harness("report", ".")
    assert outcome.exit_code == 2 and "--out" in outcome.err
