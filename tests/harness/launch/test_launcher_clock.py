from __future__ import annotations

from dataclasses import replace

import pytest

from harness.launch.launcher_clock import LauncherClock
from harness.launch.rank_report import report_of_this_process, write_report


def reported(directory, host, time):
    write_report(replace(report_of_this_process(0), host=host, time=time), directory)


@pytest.mark.parametrize("ahead_s", [100.0, -7200.0])
def test_the_clock_of_another_host_is_known_from_its_first_report(tmp_path, ahead_s):
    clock = LauncherClock(tmp_path, system=lambda: 1000.0 + ahead_s)
    assert not clock.look()
    assert clock.ahead_s == 0.0
    reported(tmp_path, "elsewhere", 1000.0)
    assert clock.look()
    assert not clock.look()
    assert clock.ahead_s == ahead_s


def test_a_report_that_is_seen_late_is_corrected_by_what_was_recorded_later(tmp_path):
    clock = LauncherClock(tmp_path, system=lambda: 1100.0)
    reported(tmp_path, "elsewhere", 960.0)
    clock.look()
    clock.not_before([990.0, 1000.0])
    assert clock.ahead_s == 100.0


def test_this_host_has_one_clock(tmp_path):
    report = report_of_this_process(0)
    clock = LauncherClock(tmp_path, system=lambda: report.time + 0.4)
    write_report(report, tmp_path)
    assert clock.look()
    assert clock.ahead_s == 0.0
