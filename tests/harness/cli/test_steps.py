import io

import pytest
from rich.console import Console

from harness.cli.steps import shown_steps
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


def steps_in(terminal):
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=80)
    with shown_steps(console, "reading") as tell:
        tell("one [step]")
        tell("another")
    return written.getvalue()


def test_steps_are_plain_lines_where_there_is_no_terminal():
    assert steps_in(terminal=False) == "one [step]\nanother\n"


def test_a_terminal_shows_one_line_that_goes():
    shown = steps_in(terminal=True)
    assert "another" in shown and "\x1b[2K" in shown


@pytest.mark.slow
def test_a_report_tells_its_steps_on_the_standard_error_alone(harness, tmp_path):
    write_synthetic_run(tmp_path / "runs" / "one", SyntheticRun(trials=2, epochs=2))
    outcome = harness("report", "runs", "--out", "report", "--run-pictures", 0)
    steps = [line for line in outcome.err.splitlines() if line.startswith("writing: ")]
    assert len(steps) >= 9 and "writing:" not in outcome.out
