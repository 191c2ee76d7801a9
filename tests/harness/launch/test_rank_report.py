from __future__ import annotations

from dataclasses import replace

import pytest

from harness.launch.rank_report import (
    RankFailure,
    find_failure,
    read_reports,
    report_of_this_process,
    write_report,
)


def reports(*states):
    return [
        replace(report_of_this_process(rank), state=state, time=10.0 - rank)
        for rank, state in enumerate(states)
    ]


def test_a_report_is_read_as_it_was_written(tmp_path):
    report = report_of_this_process(3).ended("failed", 2, "no good")
    write_report(report_of_this_process(1), tmp_path)
    write_report(report, tmp_path)
    assert [r.rank for r in read_reports(tmp_path)] == [1, 3]
    assert read_reports(tmp_path)[1] == report


def test_this_process_is_alive_and_another_with_its_number_is_not():
    report = report_of_this_process(0)
    assert report.is_alive_here()
    assert not report.vanished()
    assert not replace(report, created=report.created - 100).is_alive_here()
    assert not replace(report, pid=2**22 + 1).is_alive_here()
    assert not replace(report, host="elsewhere").vanished()


def test_a_good_job_has_no_failure():
    assert find_failure(reports("done", "done"), [], exit_code=0) is None


def test_the_first_exception_is_the_cause():
    failed = [r.ended("failed", 2, "no good") for r in reports("running", "running")]
    first = replace(failed[1], time=failed[0].time - 1)
    failure = find_failure([failed[0], first], [], exit_code=2)
    assert (failure.rank, failure.exit_code) == (1, 2)
    assert str(failure) == "Rank 1 failed: no good."


@pytest.mark.parametrize(("vanished", "rank"), [([2, 1], 2), ([], 1)])
def test_a_rank_without_a_last_word_was_killed(vanished, rank):
    found = find_failure(reports("terminated", "running", "running"), vanished, exit_code=137)
    assert found == RankFailure(rank, "was killed by SIGKILL", killed=True)


def test_a_job_may_end_by_no_fault_of_a_rank():
    assert str(find_failure([], [], exit_code=3)) == "The MPI job ended with code 3."
    lost = find_failure(reports("running", "running"), [], exit_code=-15)
    assert str(lost) == "The MPI job ended: its mpiexec was killed by SIGTERM."
